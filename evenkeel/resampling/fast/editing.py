"""Edited nearest neighbours: which rows' neighbours disagree with them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from evenkeel.resampling.fast.ranked import Codes, Mask, Ranked
from evenkeel.resampling.fast.rounded import Positions
from evenkeel.resampling.fast.table import Table

# rows on which the fast way is tried before all others, and how far apart they are at least
TRIED, APART = 500, 20
# where scikit-learn is quick, the share of rows in doubt from which it is quicker
MOST_DOUBTFUL = 0.2


def agreeing(table: Table, code: int, kind: str) -> Mask:
    """Which rows of the class `code` imbalanced-learn's ENN would keep, shape (rows of that class,).

    The table's search is for k + 1 neighbours, of which the first passes for the row itself.
    """
    query = table.rows_of(code)
    kept, every = np.ones(len(query), dtype=np.bool_), np.arange(len(query))
    doubtful = every if table.is_mixed(code) else _doubtful(table, code, query, kind, kept)
    found = table.answers(query, doubtful, table.fitted.n_neighbors)
    kept[doubtful] = _agree(table.codes[found[:, 1:]], code, kind)
    return kept


def _doubtful(table: Table, code: int, query: Positions, kind: str, kept: Mask) -> Positions:
    """The places of the query that scikit-learn must be asked for; what is certain is written into `kept`."""
    every = np.arange(len(query))
    sure = table.surroundings(code, table.fitted.n_neighbors - 1).sure
    if _is_tried_in_vain(table, query, kind, sure):
        return every
    doubtful = np.flatnonzero(~sure(every))
    return doubtful if table.has_tree else _decided(table, query, doubtful, kind, kept)


def _is_tried_in_vain(table: Table, query: Positions, kind: str, sure: Callable[[Positions], Mask]) -> bool:
    """Whether so many of some rows are in doubt, or open for ties, that all are better asked for at once."""
    some = np.arange(0, len(query), max(APART, len(query) // TRIED))
    doubtful = some[~sure(some)]
    if table.is_quick and len(doubtful) > MOST_DOUBTFUL * len(some):
        return True
    if table.has_tree:
        return False
    left = _decided(table, query, doubtful, kind, np.ones(len(query), dtype=np.bool_))
    return table.is_hopeless(len(left), len(some), len(query), len(query))


def _decided(table: Table, query: Positions, doubtful: Positions, kind: str, kept: Mask) -> Positions:
    """Write what is certain of the doubtful rows into `kept`, and say which stay doubtful."""
    k, open_, done = table.fitted.n_neighbors - 1, np.ones(len(doubtful), dtype=np.bool_), 0
    for rows, ranked in table.rank(query[doubtful], k + 1):
        part = slice(done, done + len(rows))
        labels, code = table.codes[ranked.found], int(table.codes[rows[0]])
        agree, certain = _verdict(ranked, labels, k, code, kind)
        kept[doubtful[part]], open_[part] = agree, ~certain
        done += len(rows)
        if table.is_hopeless(int(open_[:done].sum()), done, len(doubtful), len(query)):
            break
    return doubtful[open_]


def _verdict(ranked: Ranked, labels: Codes, k: int, code: int, kind: str) -> tuple[Mask, Mask]:
    """Whether a row's neighbours agree with it, and whether that is certain, shape (rows,) each."""
    agree = _agree(labels[:, 1 : k + 1], code, kind)
    certain = ranked.is_settled(labels, 0) & ranked.is_settled(labels, k)
    if kind == "all":
        # one other row that surely comes after the first place and up to the last is enough
        group = ranked.group
        inside = (group > group[:, :1]) & (group < (group + ranked.parted)[:, k, None])
        certain |= (inside & (labels != code)).any(axis=1)
    return agree, certain


def _agree(labels: Codes, code: int, kind: str) -> Mask:
    """Whether all neighbours have that label, or it is the most frequent, the smallest of these if tied."""
    if kind == "all":
        return np.asarray((labels == code).all(axis=1))
    most = int(labels.max(initial=code)) + 1
    votes = np.stack([(labels == label).sum(axis=1) for label in range(most)], axis=1)
    return np.asarray(votes.argmax(axis=1) == code)
