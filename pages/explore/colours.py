"""What the colours of tokens can say. A new one is a record in COLOURS."""

from collections.abc import Callable
from typing import NamedTuple

from pages.shell.formats import percent, tau

_DEEPEST_NOVELTY = 3.0
"""Times tau at which the orange is full."""
_FAINTEST_NOVELTY = 0.3
"""Of the full orange, for a loss just above tau: to be told from no colour."""


class CodedToken(NamedTuple):
    """What there is to say of a token."""

    explained: float
    """In [0, 1]."""
    loss: float
    """Of the code shown."""
    loss_as_built: float
    """With the L0 and the pursuit of the build: what tau is compared with."""
    is_novel: bool
    n_atoms: int
    strongest: float
    """Signed coefficient of its strongest atom, in |x|."""
    shared: float
    """Atoms in common with the picked token, of those of either; in [0, 1]."""


class Scales(NamedTuple):
    """Where the shades of a prompt begin and end."""

    tau: float
    least_explained: float
    most_shared: float


Shade = tuple[float, str]
"""How full, in [0, 1] or cut to it; and the hue, a colour of token_strip.css."""


class Colour(NamedTuple):
    """One thing that the colours can say."""

    title: str
    about: str
    """What the legend says of the shade."""
    shade: Callable[[CodedToken, Scales], Shade]
    ramp: Callable[[Scales], dict[str, str]]
    """The legend's ramp: its hue, the hue below 0 if there is one, and the words at its ends."""
    facts: Callable[[CodedToken], list[str]] = lambda token: []
    """What the tip says of a token beside what it always says."""


def _explained(token: CodedToken, scales: Scales) -> Shade:
    least = scales.least_explained
    return (token.explained - least) / (1 - least), "accent"


def _novelty(token: CodedToken, scales: Scales) -> Shade:
    if not token.is_novel:
        return 0.0, "novel"
    depth = min(1.0, (token.loss_as_built / scales.tau - 1) / (_DEEPEST_NOVELTY - 1))
    return _FAINTEST_NOVELTY + (1 - _FAINTEST_NOVELTY) * depth, "novel"


def _strongest(token: CodedToken, scales: Scales) -> Shade:
    return abs(token.strongest), "positive" if token.strongest >= 0 else "negative"


def _shared(token: CodedToken, scales: Scales) -> Shade:
    return token.shared / scales.most_shared, "accent"


COLOURS = {
    "explained": Colour(
        title="Explained",
        about="share of |x|² explained",
        shade=_explained,
        ramp=lambda scales: {
            "hue": "accent",
            "from": percent(scales.least_explained),
            "to": "100%",
        },
    ),
    "novelty": Colour(
        title="Novelty",
        about="loss as built against tau: no colour up to tau",
        shade=_novelty,
        ramp=lambda scales: {
            "hue": "novel",
            "from": tau(scales.tau),
            "to": f"{tau(_DEEPEST_NOVELTY * scales.tau)} or more",
        },
    ),
    "strongest": Colour(
        title="Strongest atom",
        about="coefficient of the strongest atom, in |x|",
        shade=_strongest,
        ramp=lambda scales: {"hue": "positive", "below": "negative", "from": "−1", "to": "+1"},
    ),
    "shared": Colour(
        title="Shared atoms",
        about="atoms in common with the picked token ÷ atoms of either",
        shade=_shared,
        ramp=lambda scales: {"hue": "accent", "from": "0%", "to": percent(scales.most_shared)},
        facts=lambda token: [f"shares {percent(token.shared)} of the atoms of both"],
    ),
}
"""The keys are used in the address, which says the first where nobody has chosen."""
