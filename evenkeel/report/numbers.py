"""Values as text, the same way everywhere on the page; what is missing shows as an en dash."""

from __future__ import annotations

import math
from typing import Any

DASH = "–"


def is_missing(value: Any) -> bool:
    """True for None, NaN and whatever a template finds undefined: a measurement that is absent."""
    return value is None or str(value) == "" or (isinstance(value, float) and math.isnan(value))


def known(value: Any) -> float | None:
    """The value if it is a finite number, else None: what a chart or a comparison can use."""
    usable = isinstance(value, (int, float)) and math.isfinite(value)
    return value if usable else None


def score(value: Any) -> str:
    """A metric: three decimals, more for small values."""
    if not isinstance(value, (int, float)) or math.isnan(value):
        return DASH
    size = abs(value)
    if math.isinf(size):
        return "∞" if value > 0 else "−∞"
    if 0 < size < 0.0005:
        return f"{value:.1e}".replace("-", "−")
    return f"{value:.{3 if size >= 0.1 or size == 0 else 4}f}".replace("-", "−")


def signed(value: Any) -> str:
    """A difference: three decimals and a sign, plus where it is nearly nothing."""
    return DASH if known(value) is None else f"{round(value, 3) + 0.0:+.3f}".replace("-", "−")


def change(value: Any, counts: bool) -> str:
    """A difference of rows, or of a figure."""
    if not counts or known(value) is None:
        return signed(value)
    return f"{round(value) + 0:+,}".replace("-", "−") if round(value) else "0"


def threshold(value: Any) -> str:
    """A threshold: three significant digits, for it may be very small."""
    return DASH if known(value) is None else f"{value:.3g}"


def count(value: Any) -> str:
    """A number of rows, with thousands separated."""
    return DASH if known(value) is None else f"{value:,.0f}"


def amount(value: Any) -> str:
    """A cost: cents only where there are some."""
    if known(value) is None:
        return DASH
    return f"{value:,.0f}" if float(round(value, 6)).is_integer() else f"{value:,.2f}"


def plus(value: Any) -> str:
    """More or fewer rows, with a sign."""
    return DASH if known(value) is None else f"{round(value):+,}".replace("-", "−")


def plain(value: Any) -> str:
    """A number for a script to read; nothing where there is none."""
    return "" if known(value) is None else f"{value!r}"


def share(part: Any, whole: Any) -> str:
    """`part` of `whole` as a percentage with one decimal, two where it is below one percent."""
    if known(part) is None or not known(whole):
        return DASH
    percent = 100 * part / whole
    return f"{percent:.{2 if 0 < percent < 1 else 1}f} %"


def text(value: Any) -> str:
    """Any other value, as it is."""
    return DASH if is_missing(value) else str(value)


def compact(value: Any) -> float | int | None:
    """A number with four significant digits, so that thousands of them stay a small file."""
    number = known(value)
    if number is None:
        return None
    short = float(f"{number:.4g}") if isinstance(number, float) else number
    return int(short) if short == int(short) else short
