"""What a split is: the positions of the rows on each side, in an order that depends on no file's."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.intp]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Split:
    """Positions of the train and of the test rows, each in the order in which the split names them."""

    train: Positions
    test: Positions
    method: str


def split_of(ranks: npt.NDArray[np.bytes_], is_test: Mask, method: str) -> Split:
    """The two sides, each in the order of the ranks of the rows."""
    order = np.argsort(ranks, kind="stable")
    in_test = is_test[order]
    return Split(order[~in_test], order[in_test], method)


def keyed(names: Iterable[str], seed: int) -> npt.NDArray[np.bytes_]:
    """One digest per name: a ranking that the seed draws, and that the order of the names cannot change."""
    prefix = f"evenkeel-split:{seed}:".encode()
    return np.array([hashlib.sha256(prefix + name.encode()).digest() for name in names], dtype="S32")
