"""How far each row of two sides is from the nearest of the other side, both from one pass over all pairs.

Two searches would take every product twice.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded, parts, side_by_side
from evenkeel.resampling.fast.sieve import longer

Singles = npt.NDArray[np.float32]

# rows of either side whose products are held at once: they stay in the second cache
ROWS, COLUMNS = 512, 1024


def nearest_between(rounded: Rounded, one: Positions, other: Positions) -> tuple[Floats, Floats]:
    """Squared distances to the nearest row across, shapes (one,) and (other,); see `Rounded.error`."""
    for_one = np.full(len(one), np.inf, dtype=np.float32)
    norms = np.square(rounded.centred).astype(np.float32)

    def share(places: Positions) -> Singles:
        for_other = np.full(len(other), np.inf, dtype=np.float32)
        for part in parts(len(places), ROWS):
            rows = one[places[part]]
            for_one[places[part]] = _block(rounded.Z, norms, rows, other, for_other)
        return for_other

    found = [
        np.minimum.reduce(side_by_side(share, np.arange(len(one))[part], len(other)))
        for part in parts(len(one), doing="rows compared with other classes")
    ]
    for_other = np.minimum.reduce(found)
    return np.maximum(for_one, 0.0).astype(np.float64), np.maximum(for_other, 0.0).astype(np.float64)


def _block(Z: Singles, norms: Singles, rows: Positions, other: Positions, for_other: Singles) -> Singles:
    """The least for some rows and all of the other side; what is less for these is written into `for_other`.

    Products of (x, 1, |x|²) and (-2y, |y|², 1) are squared distances.
    """
    wider = np.column_stack([Z[rows], np.ones(len(rows), dtype=np.float32), norms[rows]])
    least = np.full(len(rows), np.inf, dtype=np.float32)
    for part in parts(len(other), COLUMNS):
        squared = wider @ longer(Z[other[part]], ones=True).T
        np.minimum(least, squared.min(axis=1), out=least)
        np.minimum(for_other[part], squared.min(axis=0), out=for_other[part])
    return least
