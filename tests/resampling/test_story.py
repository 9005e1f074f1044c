"""The story: what is counted is what is there, and what is shown can be looked up in the table."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evenkeel.resampling.lineage import (
    ORIGIN,
    PARENTS,
    SAMPLER,
    TO_OTHER,
    TO_OWN,
    WEIGHT,
    Rows,
    resampled_table,
    train_rows,
)
from evenkeel.resampling.story import MOST_EXAMPLES, examples, story
from evenkeel.tables import ROW_ID

NEW = -1


def told(
    values: list[float], origin: list[int], synthetic: list[int] | None = None, **distances: list[float]
) -> dict[str, Any]:
    where = np.array(origin, dtype=np.intp)
    mask = where == NEW if synthetic is None else np.array(synthetic, dtype=np.bool_)
    nothing = [np.nan] * len(values)
    to_own, to_other = (np.array(distances.get(name, nothing)) for name in ("to_own", "to_other"))
    return story(pd.DataFrame({"a": values}), where, mask, to_own, to_other)


# counts


def test_rows_as_they_are_have_no_story() -> None:
    assert told([1, 2, 3], [0, 1, 2]) == {
        "rows": 3,
        "copies": 0,
        "synthetic": 0,
        "majority_territory": None,
        "measured": 0,
        "duplicates": 0,
    }


def test_every_further_row_of_one_origin_is_a_copy() -> None:
    assert told([1, 2, 1, 1, 2], [0, 1, 0, 0, 1])["copies"] == 3


def test_a_row_that_is_left_out_leaves_no_copy() -> None:
    assert told([1, 3], [0, 2])["copies"] == 0


def test_copies_are_duplicates_wherever_they_stand() -> None:
    for order in ([0, 1, 2], [2, 1, 0], [1, 2, 0]):
        origin = np.array([0, 0, 1])[order].tolist()
        assert told(np.array([1, 1, 2])[order].tolist(), origin)["duplicates"] == 1


def test_a_synthetic_row_that_equals_a_real_one_is_a_duplicate() -> None:
    assert told([1, 2, 2, 1.5], [0, 1, NEW, NEW])["duplicates"] == 1


def test_synthetic_rows_that_equal_each_other_are_duplicates_but_for_the_first() -> None:
    assert told([1, 2, 1.5, 1.5, 1.5], [0, 1, NEW, NEW, NEW])["duplicates"] == 2


def test_a_synthetic_row_before_the_real_one_that_it_equals_is_the_duplicate() -> None:
    assert told([1, 1], [NEW, 0])["duplicates"] == 1


def test_what_train_held_twice_does_not_count() -> None:
    assert told([1, 1, 1], [0, 1, 2])["duplicates"] == 0


def test_missing_cells_are_equal() -> None:
    assert told([np.nan, np.nan], [0, NEW])["duplicates"] == 1


def test_rows_of_unknown_origin_that_are_not_new_are_neither_copies_nor_synthetic() -> None:
    """In encoded space not every sampler says what its rows are copies of."""
    found = told([1, 1, 1.5], [NEW, NEW, NEW], synthetic=[0, 0, 1])
    assert (found["copies"], found["synthetic"]) == (0, 1)


def test_rows_nearer_to_another_class_are_in_its_territory_and_ties_are_not() -> None:
    found = told(
        [1, 2, 3, 4, 5],
        [0, NEW, NEW, NEW, NEW],
        to_own=[np.nan, 1.0, 2.0, 1.0, np.inf],
        to_other=[np.nan, 0.5, 2.0, np.inf, 1.0],
    )
    assert (found["majority_territory"], found["measured"]) == (2, 4)


def test_the_story_is_json() -> None:
    found = told([1, 1, 2], [0, 0, NEW], to_own=[np.nan, np.nan, 1.0], to_other=[np.nan, np.nan, 2.0])
    assert json.loads(json.dumps(found)) == found


# examples

COLUMNS: dict[str, pd.Series[Any]] = {
    "float64": pd.Series([0.1234567891, 1e300, -0.0, np.nan]),
    "float32": pd.Series([0.1, 2.5, np.inf, np.nan], dtype="float32"),
    "Float64": pd.Series([0.1, 2.5, 3.0, None], dtype="Float64"),
    "int8": pd.Series([1, -2, 3, 4], dtype="int8"),
    "int64": pd.Series([2**62 + 1, -2, 3, 4]),
    "Int64": pd.Series([2**62 + 1, -2, None, 4], dtype="Int64"),
    "uint64": pd.Series([2**64 - 1, 2, 3, 4], dtype="uint64"),
    "bool": pd.Series([True, False, True, False]),
    "boolean": pd.Series([True, None, True, False], dtype="boolean"),
    "str": pd.Series(["x", "é", None, ""], dtype="str"),
    "object": pd.Series(["x", 1, True, None], dtype=object),
    "category": pd.Series(["x", "y", None, "x"], dtype="category"),
    "numeric category": pd.Series([1, 2, None, 1]).astype("category"),
    "datetime": pd.to_datetime(
        pd.Series(["2024-01-01", None, "2024-01-03 10:00", "1900-01-01"]), format="ISO8601"
    ),
    "zoned": pd.to_datetime(pd.Series(["2024-01-01", None, "2024-01-03", "2024-07-01"])).dt.tz_localize(
        "Europe/Vienna"
    ),
    "timedelta": pd.to_timedelta(pd.Series(["1 days", None, "3 s", "4 days"])),
}


def train() -> pd.DataFrame:
    return pd.DataFrame({ROW_ID: pd.Series(list("abcd"), dtype="str"), **COLUMNS})


def made_of(pairs: list[tuple[int, int]]) -> tuple[Rows, pd.DataFrame]:
    """Train and a row for each pair, which has the first one's cells."""
    rows = train_rows(train(), np.array([0, 0, 1, 1]))
    base, neighbour = (np.array(side, dtype=np.intp) for side in zip(*pairs, strict=True))
    lineage = rows.lineage.between(base, neighbour, np.full(len(base), 1 / 3), "SMOTE")
    rows = rows.and_then(Rows(rows.take(base).frame, rows.y[base], lineage))
    near = np.where(rows.lineage.origin < 0, 0.123456789, np.nan)
    return rows, resampled_table(rows, np.array(list("abcd"), dtype=object), near, 2 * near)


def shown(pairs: list[tuple[int, int]], seed: int = 0) -> list[dict[str, Any]]:
    rows, table = made_of(pairs)
    labels = [("no", "yes")[code] for code in rows.y]
    return examples(train(), table, rows.lineage, labels, list(COLUMNS), seed)


def as_shown(value: Any) -> Any:
    """What a cell looks like to a reader, said in another way than in the code."""
    if pd.isna(value):
        return None
    if isinstance(value, float | np.floating):
        return str(value) if np.isinf(value) else float(np.format_float_scientific(value, precision=5))
    return value.item() if isinstance(value, np.generic) else value if isinstance(value, int) else str(value)


def test_examples_are_json_for_cells_of_every_type() -> None:
    for base in range(4):
        found = shown([(base, (base + 1) % 4)])
        assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize("name", COLUMNS)
def test_cells_are_those_of_the_table_and_of_the_parents_in_train(name: str) -> None:
    for base, neighbour in ((0, 1), (1, 2), (2, 3), (3, 0)):
        ((example,), (_, table)) = shown([(base, neighbour)]), made_of([(base, neighbour)])
        cell = next(cell for cell in example["cells"] if cell["column"] == name)
        assert cell["value"] == as_shown(table[name].iloc[4])
        assert cell["parents"] == [as_shown(COLUMNS[name].iloc[parent]) for parent in (base, neighbour)]


def test_whole_numbers_are_shown_to_the_last_digit_and_truths_as_truths() -> None:
    (example,) = shown([(0, 1)])
    cells = {cell["column"]: cell["value"] for cell in example["cells"]}
    assert (cells["int64"], cells["Int64"], cells["uint64"]) == (2**62 + 1, 2**62 + 1, 2**64 - 1)
    assert cells["bool"] is True
    assert cells["boolean"] is True
    assert cells["float64"] == 0.123457


def test_an_example_says_who_made_it_from_whom() -> None:
    (example,) = shown([(2, 3)])
    _, table = made_of([(2, 3)])
    row = table.iloc[4]
    assert [example[key] for key in ("id", "sampler", "label", "parents")] == [
        row[ROW_ID],
        row[SAMPLER],
        "yes",
        [row[name] for name in PARENTS],
    ]
    assert (example["id"], example["sampler"], example["parents"]) == ("c#new1", "SMOTE", ["c", "d"])
    assert [example[key] for key in ("weight", "to_own", "to_other")] == [0.333333, 0.123457, 0.246914]
    assert [row[name] for name in (WEIGHT, TO_OWN, TO_OTHER)] == [1 / 3, 0.123456789, 0.246913578]
    assert pd.isna(row[ORIGIN])


def test_a_row_with_one_parent_shows_one() -> None:
    rows, table = made_of([(0, 1)])
    second = np.where(rows.lineage.origin < 0, -1, rows.lineage.second)
    (example,) = examples(
        train(),
        table.assign(**{PARENTS[1]: None, WEIGHT: np.nan}),
        rows.lineage._replace(second=second),
        ["no"] * 5,
        ["int8"],
        0,
    )
    assert (example["parents"], example["weight"]) == (["a", None], None)
    assert example["cells"] == [{"column": "int8", "parents": [1, None], "value": 1}]


def drawn_ids(seed: int) -> list[str]:
    pairs = [(i % 4, (i + 1) % 4) for i in range(12)]
    return [example["id"] for example in shown(pairs, seed)]


def test_a_few_are_drawn_by_the_seed_in_the_order_of_the_table() -> None:
    order = made_of([(i % 4, (i + 1) % 4) for i in range(12)])[1][ROW_ID].tolist()
    found = [drawn_ids(seed) for seed in range(6)]
    assert {len(ids) for ids in found} == {MOST_EXAMPLES}
    assert all(ids == sorted(ids, key=order.index) for ids in found)
    assert found[0] == drawn_ids(0)
    assert len({tuple(ids) for ids in found}) > 1


def test_copies_are_no_examples() -> None:
    assert shown([(0, 0), (1, 1)]) == []


def test_the_table_is_left_alone() -> None:
    rows, table = made_of([(0, 1)])
    before = table.copy()
    examples(train(), table, rows.lineage, ["no"] * 5, list(COLUMNS), 0)
    pd.testing.assert_frame_equal(table, before)
