"""What scikit-learn itself would answer for some rows of a query, without asking it for all.

Which of several rows that are equally far comes first is decided by how scikit-learn searches. Up to 15
columns it grows a k-d tree, where each row's answer is its own. Above, it takes the rows of the query in
blocks and multiplies matrices: the last bits of a distance depend on the row's place in the block, and the
order of ties on the direction in which work is shared among threads. So whole blocks are asked, in that
direction.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evenkeel.resampling.fast.rounded import Floats, Positions, parts

# above this share of blocks the whole query costs hardly more, and one answer serves all
MOST_BLOCKS = 0.8
# blocks that each thread is given before progress is told again
BLOCKS_AT_ONCE = 16
# distances that are held at once
MOST_CELLS = 2**21


def is_plain(neighbours: Any) -> bool:
    """Whether a (not necessarily fitted) estimator searches by Euclidean distance as scikit-learn chooses."""
    from sklearn.neighbors import NearestNeighbors

    if type(neighbours) is not NearestNeighbors:
        return False
    given, usual = neighbours.get_params(), NearestNeighbors().get_params()
    own = ("n_neighbors", "n_jobs", "radius", "leaf_size")
    return all(given[name] == usual[name] for name in usual if name not in own)


def is_searchable(fitted: Any) -> bool:
    """Whether this module knows how a fitted estimator searches dense rows."""
    if fitted.effective_metric_ != "euclidean":
        return False
    return fitted._fit_method == "kd_tree" or (fitted._fit_method == "brute" and has_kernels())


def has_kernels() -> bool:
    """Whether scikit-learn searches in blocks, and is not told to leave that to SciPy."""
    from sklearn import get_config

    return bool(get_config()["enable_cython_pairwise_dist"])


def answers(fitted: Any, X: Floats, query: Positions, places: Positions, k: int) -> Positions:
    """The k nearest as `fitted.kneighbors(X[query])[places]` has them, shape (places, k).

    `places` are positions in `query`, and this has positions in `X`, which `fitted` may or may not know.
    """
    if not len(places):
        return np.empty((0, k), dtype=np.intp)
    if fitted._fit_method == "kd_tree":
        some = parts(len(places), doing="rows looked up")
        return np.concatenate([_asked(fitted, X[query[places[part]]], k) for part in some])
    size = _block_size()
    numbers, at = np.unique(places // size, return_inverse=True)
    if not are_blocks_cheaper(len(numbers), len(query)):
        return _all(fitted, X, query, k)[places]
    whole = (numbers[:, None] * size + np.arange(size)).ravel()
    found = _argkmin(fitted, X[query[whole[whole < len(query)]]], k, len(query))
    # the last block may be short, but no other follows it
    answered: Positions = found[at * size + places % size]
    return answered


def distances(fitted: Any, Q: Floats, places: Positions, k: int) -> Iterator[tuple[Positions, Floats]]:
    """Distances to the k nearest as `fitted.kneighbors(Q)` has them, for `places` and others of their blocks.

    Some places, shape (n,), and their distances, shape (n, k), at a time. In which direction work is shared
    has a say in the order of ties alone.
    """
    size = 1 if fitted._fit_method == "kd_tree" else _block_size()
    numbers = np.unique(places // size)
    for part in parts(len(numbers), max(1, MOST_CELLS // (size * k))):
        whole = (numbers[part, None] * size + np.arange(size)).ravel()
        whole = whole[whole < len(Q)]
        yield whole, _distances(fitted, Q[whole], k)


def blocks(places: Positions) -> int:
    """How many blocks of a query these places are in."""
    return len(np.unique(places // _block_size()))


def blocks_hit(places: float, query: int) -> float:
    """In how many blocks so many places of a query are if they lie anywhere."""
    number = query / _block_size()
    return float(number * -np.expm1(-places / number))


def are_blocks_cheaper(number: float, query: int, most: float = MOST_BLOCKS) -> bool:
    """Whether so many blocks of a query cost less than all of it."""
    return number * _block_size() <= most * query


def _all(fitted: Any, X: Floats, query: Positions, k: int) -> Positions:
    """The answer to the whole query, some of its blocks at a time."""
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    size = _block_size() * BLOCKS_AT_ONCE * _openmp_effective_n_threads()
    some = parts(len(query), size, "rows compared with all")
    return np.concatenate([_argkmin(fitted, X[query[part]], k, len(query)) for part in some])


def _asked(fitted: Any, Q: Floats, k: int) -> Positions:
    from sklearn.neighbors._base import KNeighborsMixin

    # `fitted` may be of a class of ours that asks here
    found: Positions = KNeighborsMixin.kneighbors(fitted, Q, n_neighbors=k, return_distance=False)
    return found


def _argkmin(fitted: Any, Q: Floats, k: int, query: int) -> Positions:
    # its public face, kneighbors, chooses a direction by the number of rows, which is another one here
    from sklearn.metrics._pairwise_distances_reduction import ArgKmin

    known = fitted._fit_X
    found: Positions = ArgKmin.compute(
        Q, known, k, metric="euclidean", strategy=_direction(query, len(known))
    )
    return found


def _distances(fitted: Any, Q: Floats, k: int) -> Floats:
    from sklearn.metrics._pairwise_distances_reduction import ArgKmin
    from sklearn.neighbors._base import KNeighborsMixin

    if fitted._fit_method == "kd_tree":
        return np.asarray(KNeighborsMixin.kneighbors(fitted, Q, n_neighbors=k)[0])
    found = ArgKmin.compute(
        Q, fitted._fit_X, k, metric="euclidean", strategy="parallel_on_X", return_distance=True
    )
    return np.asarray(found[0])


def _block_size() -> int:
    from sklearn import get_config

    return int(get_config().get("pairwise_dist_chunk_size", 256))


def _direction(asked: int, known: int) -> str:
    """What "auto" is for so many rows; see BaseDistancesReduction.__init__ in scikit-learn 1.9."""
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    many = 4 * _block_size() * _openmp_effective_n_threads() < asked
    return "parallel_on_X" if known < asked or many else "parallel_on_Y"
