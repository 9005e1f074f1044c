"""EKA003: rows of one table that were interpolated from rows of the other, as SMOTE before the split does.

A row that SMOTE made (Chawla et al. 2002) is a + w (b - a) in every numeric column, with one w. The
rows near to it are searched for pairs (a, b) of which that is true; see `lines` for when it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from evenkeel.proof.audit.finding import Floats, NotChecked, Positions, Suspicion, Suspicions, Truths, counted
from evenkeel.proof.audit.lines import Lines
from evenkeel.proof.audit.pair import Pair
from evenkeel.proof.audit.searches import neighbours
from evenkeel.proof.audit.twins import digests
from evenkeel.resampling.fast.rounded import parts

# rows of a class that are looked at in each table, the neighbours that may be their parents, columns used
ASKED, NEIGHBOURS, MOST_COLUMNS = 5_000, 20, 100
# cells of rows that are looked through for neighbours
CELLS = 8
# rows whose neighbours are compared at once
AT_ONCE = 256
FEWEST_ROWS, FEWEST_DIRECTIONS, MANY_DIRECTIONS = 5, 5, 20


@dataclass(frozen=True)
class Found:
    """Interpolated rows by position, and the direction of the line that each is on, (rows, columns)."""

    rows: Positions
    directions: Floats

    @property
    def many(self) -> int:
        """How many directions there are."""
        return len(np.unique(self.directions, axis=0)) if len(self.rows) else 0


def check(pair: Pair) -> Suspicions:
    """Rows on a line between two others, of which one is in the other table."""
    names = [name for name in pair.telling if name in pair.numbers and pair.codes[name].max() >= 1]
    names = sorted(names, key=lambda name: -int(pair.codes[name].max()))[:MOST_COLUMNS]
    if len(names) < 2:
        raise NotChecked("a line between rows shows in two numeric columns or more")
    for_train, for_test, asked = [], [], 0
    for code in range(len(pair.labels.classes)):
        rows = _distinct_of_class(pair, names, code)
        if len(rows) >= FEWEST_ROWS:
            of_train, of_test = _found(Lines.of(pair, names, rows), pair.in_test[rows])
            for_train.append(replace(of_train, rows=rows[of_train.rows]))
            for_test.append(replace(of_test, rows=rows[of_test.rows]))
            asked += min(ASKED, int((~pair.in_test[rows]).sum()))
    yield from _said(pair, for_train, f"of {asked:,} train rows looked at", "a test row and another row")
    yield from _said(pair, for_test, "test rows", "a train row and another row")


def _said(pair: Pair, found: list[Found], of: str, what: str) -> Suspicions:
    kept = [some for some in found if _is_evidence(some)]
    if not kept:
        return
    rows = np.concatenate([some.rows for some in kept])
    verb = "lies" if len(rows) == 1 else "lie"
    yield Suspicion(
        "critical",
        f"{len(rows):,} {of} {verb} exactly on the line between {what} of the same class, "
        f"in {counted(sum(some.many for some in kept), 'direction')}, as rows that SMOTE "
        f"made before the split.",
        pair.rows(rows),
    )


def _is_evidence(found: Found) -> bool:
    """Many rows in many directions: columns that follow from one another make few."""
    return len(found.rows) >= FEWEST_ROWS and found.many >= min(
        MANY_DIRECTIONS, max(FEWEST_DIRECTIONS, len(found.rows) // 20)
    )


def _distinct_of_class(pair: Pair, names: list[str], code: int) -> Positions:
    """One position for each distinct row of a class that has no twin in the other table."""
    of_class = np.flatnonzero(pair.labels.codes == code)
    keys = digests(pair, names)[of_class]
    _, first, inverse, sizes = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
    tests = np.bincount(inverse, weights=pair.in_test[of_class])
    return np.sort(of_class[first[(tests == 0) | (tests == sizes)]]).astype(np.intp)


def _found(lines: Lines, in_test: Truths) -> tuple[Found, Found]:
    """Rows of train, and rows of test, between two others, at least one of which is in the other table.

    `in_test` says which rows of `lines` are test rows; the rows found are positions among these.
    """
    sides = [_drawn(np.flatnonzero(in_test == test)) for test in (False, True)]
    asked = np.concatenate(sides)
    near = np.hstack([neighbours(Z, NEIGHBOURS + 1, Z[asked], cells=CELLS) for Z in (lines.Z, lines.W)])
    cut = len(sides[0])
    return (
        _between(lines, sides[0], near[:cut], in_test),
        _between(lines, sides[1], near[cut:], ~in_test),
    )


def _between(lines: Lines, asked: Positions, near: Positions, theirs: Truths) -> Found:
    found = [_some(lines, asked[part], near[part], theirs) for part in parts(len(asked), AT_ONCE)]
    if not found or not theirs.any():
        return Found(np.empty(0, dtype=np.intp), np.empty((0, 1)))
    rows, directions = zip(*found, strict=True)
    return Found(np.concatenate(rows), np.concatenate(directions))


def _drawn(places: Positions) -> Positions:
    if len(places) <= ASKED:
        return places
    return np.sort(np.random.default_rng(0).choice(places, ASKED, replace=False))


def _some(lines: Lines, asked: Positions, near: Positions, theirs: Truths) -> tuple[Positions, Floats]:
    triples = _opposite(lines, asked, near, theirs)
    triples = triples[lines.hold(triples)]
    _, first = np.unique(triples[:, 0], return_index=True)
    return triples[first, 0], lines.directions(triples[first])


def _opposite(lines: Lines, asked: Positions, near: Positions, theirs: Truths) -> npt.NDArray[np.intp]:
    """Triples (row, a, b) whose row may lie between a and b, one of which is of the other table."""
    Z, least = lines.angles
    usable = (near >= 0) & (near != asked[:, None])
    towards: Floats = (Z[near] - Z[asked][:, None]).astype(np.float64)
    length = np.linalg.norm(towards, axis=2)
    usable &= length > 0
    towards /= np.where(length > 0, length, 1.0)[:, :, None]
    cosine = towards @ towards.transpose(0, 2, 1)
    first, second = np.triu_indices(near.shape[1], 1)
    either = theirs[near]
    some = (cosine[:, first, second] < least) & (either[:, first] | either[:, second])
    some &= usable[:, first] & usable[:, second]
    which, which_pair = np.nonzero(some)
    parents = near[which, first[which_pair]], near[which, second[which_pair]]
    return np.stack([asked[which], *parents], axis=1).astype(np.intp)
