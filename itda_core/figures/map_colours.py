"""What the colours of a map say: a value or a group for every atom, and what the legend shows.

Magnitudes run from dark to bright in cividis, on a logarithmic scale, as most of them are spread
over powers of ten. Groups have a colour and a shape, told apart by the colour-blind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from itda_core.figures import style

LEVELS = 64
NOTHING = 255
"""The code of atoms that have no value; drawn in grey."""
GROUPS = 10
"""Commonest groups with a colour of their own; the rest are "other"."""
_DISC, _TRIANGLE = "disc", "triangle"
_LOOKS = [(colour, shape) for shape in (_DISC, _TRIANGLE) for colour in style.GROUPS][:GROUPS]
"""Colour and shape of each group."""
_TAIL = 0.005
"""Share of the values at either end that do not stretch the scale."""


class Colouring(NamedTuple):
    """How to colour the n atoms of a map."""

    title: str
    """What the colour says, with its unit."""
    codes: np.ndarray
    """(n,) uint8: which of ``colours``; NOTHING for none."""
    colours: list[str]
    """#rrggbb: from low to high, or one a group."""
    values: np.ndarray | None = None
    """(n,) float32 behind the codes of a scale, for the hover."""
    ends: tuple[float, float] | None = None
    """What the first and the last colour of a scale stand for: so much or less, so much or more."""
    names: Sequence[str] = ()
    """Of groups."""
    counts: Sequence[int] = ()
    """Atoms in each group."""
    shapes: Sequence[str] = ()
    """"disc" or "triangle" for each group."""
    nothing: str = ""
    """What it means to have no value; "" if all have one."""


def cividis(n: int) -> list[str]:
    """``n`` colours from dark blue to yellow, #rrggbb."""
    from plotly.colors import sample_colorscale, unlabel_rgb

    colours = sample_colorscale("cividis", [i / max(n - 1, 1) for i in range(n)])
    return ["#{:02x}{:02x}{:02x}".format(*map(round, unlabel_rgb(colour))) for colour in colours]


def scale(title: str, values: np.ndarray, nothing: str = "") -> Colouring:
    """Magnitudes on a logarithmic scale; those that are not above 0 have no colour."""
    values = np.asarray(values, np.float32)
    has_value = np.isfinite(values) & (values > 0)
    codes = np.full(len(values), NOTHING, np.uint8)
    low = high = 1.0
    if has_value.any():
        low, high = np.quantile(values[has_value], [_TAIL, 1 - _TAIL])
        span = max(float(np.log(high / low)), 1e-9)
        place = np.log(values[has_value] / low) / span
        codes[has_value] = np.clip(np.floor(place * LEVELS), 0, LEVELS - 1)
    return Colouring(
        title,
        codes,
        cividis(LEVELS),
        values,
        (float(low), float(high)),
        nothing="" if has_value.all() else nothing,
    )


def groups(title: str, names: Sequence[str], nothing: str = "") -> Colouring:
    """The commonest GROUPS names with a colour each and the rest as "other"; "" is no name."""
    counts = Counter(name for name in names if name)
    shown = [name for name, _ in counts.most_common(GROUPS)]
    place = {name: code for code, name in enumerate(shown)}
    rest = sum(counts.values()) - sum(counts[name] for name in shown)
    other = len(shown)
    codes = [place.get(name, other) if name else NOTHING for name in names]
    sizes = [counts[name] for name in shown]
    looks = _LOOKS[:other]
    if rest:
        shown, sizes = [*shown, f"{len(counts) - other} others"], [*sizes, rest]
        looks = [*looks, (style.GREY, _DISC)]
    return Colouring(
        title,
        np.array(codes, np.uint8).reshape(-1),
        [colour for colour, _ in looks],
        names=shown,
        counts=sizes,
        shapes=[shape for _, shape in looks],
        nothing=nothing if NOTHING in codes else "",
    )


def layers(title: str, lowest: Sequence[int | None], among: Sequence[int]) -> Colouring:
    """The layer of entry: one of ``among``, which rise, from dark to bright."""
    place = {layer: code for code, layer in enumerate(among)}
    codes = [NOTHING if layer is None else place.get(layer, NOTHING) for layer in lowest]
    counts = Counter(codes)
    return Colouring(
        title,
        np.array(codes, np.uint8).reshape(-1),
        cividis(len(among)),
        names=[f"layer {layer}" for layer in among],
        counts=[counts[i] for i in range(len(among))],
        shapes=[_DISC] * len(among),
        nothing="layer unknown" if NOTHING in codes else "",
    )
