"""Numbers and texts made fit to be shown."""

import math
import re

from itda_core.errors import visible

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~:$&^=\"'/@])")
_JOINED = re.compile(
    r"(?<=:)(?=//|material_|streamlit:)|(?<=www)(?=\.)|(?=@)|(?<=[-<>~])(?=[-=>])", re.IGNORECASE
)
"""Where an invisible character ends what Streamlit looks for in a text after its Markdown has been
read, escaped or not: addresses to link to, icons, arrows to draw."""
_JOINER = "\u2060"


def number(value: float) -> str:
    """Three significant digits: 0.0693, 12.3, 1,230."""
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    # Rounded first: 9.999 has as many digits before the point as 10.
    digits = max(0, 2 - math.floor(math.log10(abs(float(f"{value:.2e}")))))
    return f"{value:,.{digits}f}"


def signed(value: float) -> str:
    """``number`` with its sign: +34.4, −0.52, 0."""
    if value == 0 or not math.isfinite(value):
        return number(value)
    return ("−" if value < 0 else "+") + number(abs(value))


def signed_decimal(value: float, digits: int = 3) -> str:
    """A number with its sign and so many digits after the point: +0.169, −1.250."""
    return with_minus(f"{value:+.{digits}f}")


def with_minus(text: str) -> str:
    """The text of a number with the minus sign of print, not the hyphen of a keyboard."""
    return text.replace("-", "−")


def tau(value: float) -> str:
    """A threshold as somebody typed it: 0.2, 0.0004."""
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share in [0, 1] as whole percent, never rounded up to 100% nor down to 0%."""
    if not math.isfinite(share):
        return "–"
    whole = round(100 * share)
    if whole == 100 and share < 0.9999:
        return "> 99%"
    return "< 1%" if whole == 0 and share > 0.0001 else f"{whole}%"


def plain(text: str) -> str:
    """Text that Markdown shows as it stands, whatever it holds: one line, nothing interpreted.

    Whatever was written by others goes through this: names, labels, sources, errors.
    """
    text = visible(" ".join(text.split()))
    return _MARKDOWN.sub(r"\\\1", _JOINED.sub(_JOINER, text))


def unmarked(text: str) -> str:
    """What somebody typed, perhaps copied from where ``plain`` had put its invisible marks."""
    return text.replace(_JOINER, "").strip()


def short_name(model_id: str | None) -> str:
    """The last part of a hub id or path."""
    return (model_id or "unknown model").rstrip("/").rpartition("/")[2]


def sentence(line: str) -> str:
    """A line that begins with a capital, unless it begins with the name of something."""
    first = line.partition(" ")[0]
    return line[:1].upper() + line[1:] if first.isalpha() else line
