"""Bundles: chains of rows that belong together, whatever their order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.splitting import find_bundles, group_names, set_codes, twin_codes
from evenkeel.splitting.bundles import bundle_names

sets = st.integers(1, 30).flatmap(
    lambda rows: st.lists(
        st.lists(st.integers(-1, 6), min_size=rows, max_size=rows).map(np.array), min_size=1, max_size=3
    )
)


def components(links: list[np.ndarray], rows: int) -> set[frozenset[int]]:
    """The same by hand: merge for as long as two rows share a set."""
    found = [{row} for row in range(rows)]
    for codes in links:
        for code in set(codes.tolist()) - {-1}:
            tied = set(np.flatnonzero(codes == code).tolist())
            touched = [part for part in found if part & tied]
            found = [part for part in found if not part & tied] + [set().union(*touched)]
    return {frozenset(part) for part in found}


@settings(max_examples=80, deadline=None)
@given(sets)
def test_bundles_are_the_chains_of_rows_that_share_a_set(links: list[np.ndarray]) -> None:
    rows = len(links[0])
    bundle = find_bundles(links, rows)
    assert {frozenset(np.flatnonzero(bundle == one).tolist()) for one in set(bundle.tolist())} == components(
        links, rows
    )
    assert sorted(set(bundle.tolist())) == list(range(bundle.max() + 1))


def test_rows_without_a_set_are_bundles_of_their_own() -> None:
    assert find_bundles([np.array([-1, -1, -1])], 3).tolist() == [0, 1, 2]
    assert find_bundles([], 2).tolist() == [0, 1]


def test_equal_features_and_a_shared_group_make_one_chain() -> None:
    frame = pd.DataFrame({"g": ["a", "b", "b", "c"], "x": [1.0, 1.0, 2.0, 3.0]})
    bundle = find_bundles([set_codes(group_names(frame, ["g"])), twin_codes(frame, ["x"])], 4)
    assert bundle[0] == bundle[1] == bundle[2] != bundle[3]


def test_a_group_is_known_by_its_text_and_missing_where_a_column_is() -> None:
    frame = pd.DataFrame({"g": [1.0, 1.0, np.nan, 2.0], "h": ["a", "a", "a", None]})
    assert group_names(frame, ["g"]).tolist()[:2] == ["1", "1"]
    assert set_codes(group_names(frame, ["g", "h"])).tolist() == [0, 0, -1, -1]


def test_values_of_two_columns_do_not_run_into_one_another() -> None:
    frame = pd.DataFrame({"g": ["a|b", "a"], "h": ["c", "b|c"]})
    assert group_names(frame, ["g", "h"]).nunique() == 2


@pytest.mark.parametrize("values", [[None, None], [np.nan, np.nan], ["x", "x"], [0.0, -0.0]])
def test_missing_cells_are_equal(values: list[object]) -> None:
    assert twin_codes(pd.DataFrame({"x": values}), ["x"]).tolist() == [0, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_the_name_of_a_bundle_does_not_depend_on_the_order_of_rows(groups: list[int], random) -> None:
    bundle = np.unique(groups, return_inverse=True)[1]
    names = [f"r{i}" for i in range(len(groups))]
    order = random.sample(range(len(groups)), len(groups))
    moved = bundle_names([names[i] for i in order], bundle[order])
    assert moved == bundle_names(names, bundle)
    assert all(
        min(n for n, b in zip(names, bundle, strict=True) if b == one) == moved[one] for one in set(bundle)
    )
