"""Edited nearest neighbours: which rows' neighbours disagree with them."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenkeel.resampling.fast.answers import answers, is_tree
from evenkeel.resampling.fast.ranked import Codes, Mask, Ranked, rank
from evenkeel.resampling.fast.rounded import Floats, Positions, Rounded
from evenkeel.resampling.fast.surrounded import surely_surrounded


def agreeing(fitted: Any, X: Floats, codes: Codes, rounded: Rounded, code: int, kind: str) -> Mask:
    """Which rows of the class `code` imbalanced-learn's ENN would keep, shape (rows of that class,).

    `fitted` searches for k + 1 neighbours among all rows of `X`; the first of them passes for the row itself.
    """
    k, query = fitted.n_neighbors - 1, np.flatnonzero(codes == code)
    kept = surely_surrounded(rounded, query, np.flatnonzero(codes != code), k)
    doubtful = np.flatnonzero(~kept)
    if not is_tree(fitted):
        doubtful = _decided(X, codes, rounded, query, doubtful, k, kind, kept)
    found = answers(fitted, X, query, doubtful, k + 1)
    kept[doubtful] = _agree(codes[found[:, 1:]], code, kind)
    return kept


def _decided(
    X: Floats,
    codes: Codes,
    rounded: Rounded,
    query: Positions,
    doubtful: Positions,
    k: int,
    kind: str,
    kept: Mask,
) -> Positions:
    """Write what is certain of the doubtful rows into `kept`, and say which stay doubtful."""
    open_, done = np.ones(len(doubtful), dtype=np.bool_), 0
    for rows, ranked in rank(X, rounded, query[doubtful], k + 1):
        part = slice(done, done + len(rows))
        labels, code = codes[ranked.found], int(codes[rows[0]])
        agree, certain = _verdict(ranked, labels, k, code, kind)
        kept[doubtful[part]], open_[part] = agree, ~certain
        done += len(rows)
    return doubtful[open_]


def _verdict(ranked: Ranked, labels: Codes, k: int, code: int, kind: str) -> tuple[Mask, Mask]:
    """Whether a row's neighbours agree with it, and whether that is certain, shape (rows,) each."""
    agree = _agree(labels[:, 1 : k + 1], code, kind)
    certain = ranked.is_settled(labels, 0) & ranked.is_settled(labels, k)
    if kind == "all":
        # one other row that surely comes after the first place and up to the last is enough
        group = ranked.group
        inside = (group > group[:, :1]) & (group < (group + ranked.parted)[:, k, None])
        met = (inside & (labels != code)).any(axis=1)
        agree, certain = agree & ~met, certain | met
    return agree, certain


def _agree(labels: Codes, code: int, kind: str) -> Mask:
    """Whether all neighbours have that label, or it is the most frequent, the smallest of these if tied."""
    if kind == "all":
        return np.asarray((labels == code).all(axis=1))
    most = int(labels.max(initial=code)) + 1
    votes = np.stack([(labels == label).sum(axis=1) for label in range(most)], axis=1)
    return np.asarray(votes.argmax(axis=1) == code)
