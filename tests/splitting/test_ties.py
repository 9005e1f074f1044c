"""Splits of tables whose rows belong together, or that grow: groups, equal rows, and sides that are kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.errors import DataError
from evenkeel.splitting import Earlier, SplitTables, group_names, split_table
from evenkeel.tables import ROW_ID, row_ids

FEATURES = ["x", "z"]


def parameters(**said: Any) -> dict[str, Any]:
    how = {"test_size": 0.25, "stratify": True, "seed": 42, "duplicates": "together"}
    more = {key: said.pop(key) for key in ("groups", "time", "earlier") if key in said}
    return {
        "target": "y",
        "positive": 1,
        "not_features": ["id", "y", "g", "t"],
        "categorical": [],
        "split": how | said,
        **more,
    }


def people(
    rows: int, *, seed: int = 0, levels: int = 1000, start: int = 0, keys: bool = True
) -> pd.DataFrame:
    """Rows of a few groups with times; `levels` decides how many are equal to another one."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(start, start + rows),
            "x": rng.integers(0, levels, rows).astype(float),
            "z": rng.integers(0, levels, rows).astype(float),
            "g": [f"g{i}" for i in rng.integers(0, rows // 2, rows)],
            "t": rng.integers(0, rows, rows) + start,
            "y": (rng.random(rows) < 0.3).astype(int),
        }
    )
    if not keys:
        frame = frame.drop(columns="id")
    return identified(frame, keys=keys)


def identified(frame: pd.DataFrame, *, keys: bool = True) -> pd.DataFrame:
    plain = frame.drop(columns=ROW_ID, errors="ignore").reset_index(drop=True)
    return plain.assign(**{ROW_ID: row_ids(plain, ["id"] if keys else [])})


def sides(made: SplitTables) -> tuple[set[str], set[str]]:
    return set(made.train[ROW_ID]), set(made.test[ROW_ID])


def earlier(made: SplitTables) -> Earlier:
    return Earlier(made.train, made.test)


def both_sides(made: SplitTables, columns: list[str]) -> set[str]:
    train, test = (set(group_names(side, columns).dropna()) for side in (made.train, made.test))
    return train & test


many = settings(max_examples=30, deadline=None)
sizes, seeds = st.integers(40, 120), st.integers(0, 10_000)


@many
@given(sizes, seeds)
def test_groups_are_never_torn_and_facts_say_how_far_from_the_quota(rows: int, seed: int) -> None:
    made = split_table(people(rows, seed=seed), parameters(groups=["g"]))
    assert not both_sides(made, ["g"])
    assert made.facts["groups"]["on_both_sides"] == 0
    for name, quota in made.facts["quota"].items():
        assert made.facts["test"][name] == quota + made.facts["off_quota"][name]
        assert abs(made.facts["off_quota"][name]) <= made.facts["bundles"]["largest"]


@many
@given(sizes, seeds, st.integers(2, 6))
def test_equal_rows_are_never_on_both_sides(rows: int, seed: int, levels: int) -> None:
    frame = people(rows, seed=seed, levels=levels)
    made = split_table(frame, parameters())
    assert not both_sides(made, FEATURES)
    assert made.facts["duplicates"]["test_rows_in_train"] == 0
    assert made.facts["duplicates"]["rows"] == int(frame.duplicated(FEATURES, keep=False).sum())


@many
@given(sizes, seeds, st.randoms(use_true_random=False))
@pytest.mark.parametrize("said", [{}, {"groups": ["g"]}, {"groups": ["g"], "time": "t"}], ids=str)
def test_the_order_of_rows_does_not_matter(said: dict[str, Any], rows: int, seed: int, random) -> None:
    frame = people(rows, seed=seed, levels=30)
    order = random.sample(range(rows), rows)
    plain, moved = (split_table(f, parameters(**said)) for f in (frame, frame.iloc[order]))
    assert plain.facts == moved.facts
    for one, other in zip(plain[:2], moved[:2], strict=True):
        assert one[ROW_ID].tolist() == other[ROW_ID].tolist()


def test_where_no_row_is_tied_the_split_is_the_one_of_before() -> None:
    frame = people(200, levels=10**9)
    before = parameters()
    del before["split"]["duplicates"]
    old, new = split_table(frame, before), split_table(frame, parameters())
    assert sides(old) == sides(new)
    assert old.test[ROW_ID].tolist() == new.test[ROW_ID].tolist()
    assert new.facts["method"] == old.facts["method"] == "stratified by class, ranked by row id"
    # a record of an earlier version is told no more than it was
    assert set(old.facts) == {"method", "classes", "numeric", "dates", "categorical", "train", "test"}


def test_equal_rows_apart_are_counted() -> None:
    frame = people(100, levels=3)
    facts = split_table(frame, parameters(duplicates="apart")).facts
    assert facts["duplicates"]["test_rows_in_train"] > 0
    assert facts["off_quota"] == {"0": 0, "1": 0}


@pytest.mark.parametrize("how", [{"stratify": False}, {"column": "fold", "test": "test"}], ids=str)
def test_splits_of_others_are_not_moved_but_counted(how: dict[str, Any]) -> None:
    frame = people(100, levels=3).assign(fold=["test"] * 30 + ["train"] * 70)
    asked = parameters(duplicates="apart")
    asked["not_features"] = [*asked["not_features"], "fold"]
    asked["split"] = {"duplicates": "apart", **(how if "column" in how else asked["split"] | how)}
    facts = split_table(frame, asked).facts
    assert facts["duplicates"]["test_rows_in_train"] > 0
    assert "quota" not in facts


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"groups": ["g"]}, "keeps to `groups`, got"),
        ({"time": "t"}, "test rows that are not later than train's last"),
        ({"duplicates": "together"}, "sets of rows with equal features on both sides"),
    ],
    ids=str,
)
def test_a_column_that_does_not_keep_to_the_config_is_refused(said: dict[str, Any], words: str) -> None:
    frame = people(100, levels=3).assign(fold=["test"] * 30 + ["train"] * 70)
    asked = parameters(**said)
    asked["not_features"] = [*asked["not_features"], "fold"]
    asked["split"] = {"column": "fold", "test": "test", "duplicates": said.get("duplicates", "apart")}
    with pytest.raises(DataError, match=words):
        split_table(frame, asked)


def test_a_row_without_a_group_is_one_of_its_own() -> None:
    frame = people(60)
    frame.loc[:19, "g"] = None
    facts = split_table(frame, parameters(groups=["g"])).facts
    assert facts["groups"]["rows_without"] == 20
    assert facts["bundles"]["count"] == 20 + facts["groups"]["groups"]


def test_a_group_keeps_its_rank_when_rows_are_added_to_it() -> None:
    frame = people(60)
    more = frame.assign(id=frame["id"] + 100)
    asked = parameters(groups=["g"])
    plain = split_table(frame, asked)
    doubled = split_table(identified(pd.concat([frame, more])), asked)
    shared = set(plain.test["g"]) & set(doubled.test["g"])
    assert len(shared) > 0.7 * plain.test["g"].nunique()


def test_where_all_rows_hang_together_the_error_says_how_many() -> None:
    with pytest.raises(DataError, match=r"of 100 rows belong together: finer `groups`, or `split.duplicates"):
        split_table(people(100, levels=2), parameters(groups=["g"]))


# a split that continues an earlier one


@many
@given(sizes, st.integers(1, 60), seeds, st.booleans())
def test_rows_keep_their_sides_when_rows_are_added(rows: int, new: int, seed: int, keys: bool) -> None:
    frame = people(rows + new, seed=seed, keys=keys)
    asked = parameters()
    asked["not_features"] = ["y", "g", "t", *(["id"] if keys else [])]
    first = split_table(frame.iloc[:rows], asked)
    second = split_table(frame, asked | {"earlier": "r"}, earlier(first))
    (train, test), (train_now, test_now) = sides(first), sides(second)
    assert train <= train_now
    assert test <= test_now
    assert second.facts["continues"]["kept"] == {"train": len(train), "test": len(test)}
    assert second.facts["continues"]["gone"] == {"train": 0, "test": 0}


@many
@given(sizes, seeds)
def test_quotas_of_the_whole_stay_exact_where_there_are_new_rows_enough(rows: int, seed: int) -> None:
    frame = people(2 * rows, seed=seed, levels=10**9)
    first = split_table(frame.iloc[:rows], parameters())
    second = split_table(frame, parameters(earlier="r"), earlier(first))
    # the classes of both halves are alike, so the old test rows never exceed the quota of the whole
    assert second.facts["off_quota"] == {"0": 0, "1": 0}


def test_old_test_rows_beyond_the_quota_stay_and_facts_say_so() -> None:
    frame = people(200, levels=10**9)
    first = split_table(frame, parameters(test_size=0.5))
    second = split_table(frame, parameters(earlier="r", test_size=0.2), earlier(first))
    assert sides(first) == sides(second)
    assert sum(second.facts["off_quota"].values()) == 100 - 40


def test_too_few_new_rows_all_become_test_and_facts_say_so() -> None:
    frame = people(210, levels=10**9)
    first = split_table(frame.iloc[:200], parameters(test_size=0.1))
    second = split_table(frame, parameters(earlier="r", test_size=0.5), earlier(first))
    assert second.facts["continues"]["new"] == {"train": 0, "test": 10}
    assert sum(second.facts["off_quota"].values()) == 30 - 105


@many
@given(sizes, st.integers(1, 60), seeds, st.integers(25, 1000))
def test_new_rows_go_where_their_groups_and_equals_are(rows: int, new: int, seed: int, levels: int) -> None:
    frame = people(rows + new, seed=seed, levels=levels)
    asked = parameters(groups=["g"])
    first = split_table(frame.iloc[:rows], asked)
    second = split_table(frame, asked | {"earlier": "r"}, earlier(first))
    assert sides(first)[1] <= sides(second)[1]
    # what was whole stays whole, unless new rows tie a train row to a test row of before
    if not second.facts["continues"]["rows_torn_before"]:
        assert not both_sides(second, ["g"])
        assert not both_sides(second, FEATURES)


def test_a_new_row_of_a_group_that_has_vanished_goes_to_its_side() -> None:
    frame = people(100, levels=10**9)
    asked = parameters(groups=["g"])
    first = split_table(frame, asked)
    group = first.test["g"].iloc[0]
    new = frame[frame["g"] == group].assign(id=lambda f: f["id"] + 1000, x=0.5)
    second = split_table(
        identified(pd.concat([frame[frame["g"] != group], new])), asked | {"earlier": "r"}, earlier(first)
    )
    assert group in set(second.test["g"])
    assert second.facts["continues"]["gone"]["test"] == len(new)


def test_rows_keep_their_sides_where_the_table_has_other_columns_than_before() -> None:
    frame = people(100, levels=10**9).assign(w="a")
    first = split_table(frame.drop(columns="w"), parameters(groups=["g"]))
    gone = set(frame["id"].iloc[:5].astype(str))
    later = identified(frame.iloc[5:].astype({"x": "int64"}))
    second = split_table(later, parameters(groups=["g"], earlier="r"), earlier(first))
    assert sides(second) == tuple(side - gone for side in sides(first))


def test_a_changed_row_keeps_its_side() -> None:
    frame = people(100, levels=10**9)
    first = split_table(frame, parameters())
    second = split_table(frame.assign(x=frame["x"] + 1), parameters(earlier="r"), earlier(first))
    assert sides(first) == sides(second)


def test_a_new_row_that_equals_rows_of_both_sides_goes_to_train() -> None:
    frame = people(100, levels=10**9)
    first = split_table(frame, parameters())
    alike = [first.train["id"].iloc[0], first.test["id"].iloc[0]]
    changed = frame.assign(
        x=frame["x"].where(~frame["id"].isin(alike), 7), z=frame["z"].where(~frame["id"].isin(alike), 7)
    )
    new = changed[changed["id"] == alike[1]].assign(id=1000)
    second = split_table(identified(pd.concat([changed, new])), parameters(earlier="r"), earlier(first))
    assert "1000" in sides(second)[0]
    assert sides(first)[1] == sides(second)[1]
    assert second.facts["continues"]["rows_torn_before"] == 3


def test_with_time_the_newest_of_the_new_rows_fill_the_test_set() -> None:
    frame = pd.concat(
        [people(100, levels=10**9), people(60, seed=1, levels=10**9, start=100)], ignore_index=True
    )
    asked = parameters(time="t", duplicates="apart")
    first = split_table(frame.iloc[:100], asked)
    second = split_table(frame, asked | {"earlier": "r"}, earlier(first))
    assert sides(first)[0] <= sides(second)[0] and sides(first)[1] <= sides(second)[1]
    new_train, new_test = (side.loc[side["id"] >= 100, "t"] for side in second[:2])
    assert new_train.max() < new_test.min()
    assert abs(second.facts["off_quota"]) <= 2


def test_nothing_to_continue_is_an_ordinary_split() -> None:
    frame = people(100)
    plain, first = split_table(frame, parameters()), split_table(frame, parameters(earlier=None))
    assert sides(plain) == sides(first)
    assert first.facts["continues"] == {"run": None, "note": "nothing to continue"}


def test_a_table_without_any_old_row_continues_nothing() -> None:
    first = split_table(people(100), parameters())
    with pytest.raises(DataError, match="rows of run r among these rows, got none"):
        split_table(people(100, start=500), parameters(earlier="r"), earlier(first))


# real tables


def real(path, **reading: Any) -> pd.DataFrame:
    return pd.read_csv(path, keep_default_na=False, na_values=["", "NA", "?"], low_memory=False, **reading)


def of_table(target: str, positive: object, *others: str, **said: Any) -> dict[str, Any]:
    asked = parameters(**{"test_size": 0.2, **said})
    return asked | {"target": target, "positive": positive, "not_features": [target, *others]}


def test_the_encounters_of_a_patient_stay_on_one_side(shared_data) -> None:
    frame = real(shared_data("diabetes130/data.csv.gz"), nrows=20_000)
    frame = frame.assign(**{ROW_ID: row_ids(frame, ["encounter_id"])})
    asked = of_table("readmitted", "<30", "encounter_id", "patient_nbr", groups=["patient_nbr"])
    made = split_table(frame, asked)
    assert not both_sides(made, ["patient_nbr"])
    assert made.facts["off_quota"] == {"rest": 0, "<30": 0}
    torn = split_table(frame, of_table("readmitted", "<30", "encounter_id", "patient_nbr"))
    assert len(both_sides(torn, ["patient_nbr"])) > 500


def test_equal_messages_stay_on_one_side(shared_data) -> None:
    frame = real(shared_data("sms_spam/data.csv.gz"))
    frame = frame.assign(**{ROW_ID: row_ids(frame, [])})
    together, apart = (
        split_table(frame, of_table("label", "spam", duplicates=how)).facts for how in ("together", "apart")
    )
    assert together["duplicates"] == {"rows": 684, "sets": 281, "test_rows_in_train": 0}
    assert apart["duplicates"]["test_rows_in_train"] > 100
    assert together["off_quota"] == {"ham": 0, "spam": 0}


def test_equal_borrowers_stay_on_one_side(shared_data) -> None:
    frame = real(shared_data("give_me_some_credit/data.csv.gz"))
    frame = frame.assign(**{ROW_ID: row_ids(frame, ["row_id"])})
    facts = split_table(frame, of_table("SeriousDlqin2yrs", 1, "row_id")).facts
    assert facts["duplicates"]["rows"] > 600
    assert facts["duplicates"]["test_rows_in_train"] == 0
    assert facts["off_quota"] == {"0": 0, "1": 0}


def test_the_last_transactions_are_test_and_customers_stay_whole(shared_data) -> None:
    columns = ["TRANSACTION_ID", "CUSTOMER_ID", "TX_DATETIME", "TX_AMOUNT", "TX_FRAUD"]
    frame = pd.read_parquet(shared_data("fraud_handbook_sim/data.parquet"), columns=columns).iloc[::20]
    frame = frame.assign(**{ROW_ID: row_ids(frame, ["TRANSACTION_ID"])})
    others = ("TRANSACTION_ID", "CUSTOMER_ID", "TX_DATETIME")
    late = split_table(frame, of_table("TX_FRAUD", 1, *others, time="TX_DATETIME", duplicates="apart"))
    assert late.train["TX_DATETIME"].max() < late.test["TX_DATETIME"].min()
    assert late.facts["off_quota"] == 0
    whole = split_table(frame, of_table("TX_FRAUD", 1, *others, groups=["CUSTOMER_ID"], duplicates="apart"))
    assert not both_sides(whole, ["CUSTOMER_ID"])
    assert whole.facts["off_quota"] == {"0": 0, "1": 0}


@pytest.mark.parametrize("keys", [["id"], []], ids=["by id", "by content"])
def test_the_patients_of_before_keep_their_sides(shared_data, keys: list[str]) -> None:
    frame = real(shared_data("stroke_43400/data.csv.gz"))
    asked = of_table("stroke", 1, "id")
    few, all_of_them = (f.assign(**{ROW_ID: row_ids(f, keys)}) for f in (frame.iloc[:30_000], frame))
    first = split_table(few, asked)
    second = split_table(all_of_them, asked | {"earlier": "r"}, earlier(first))
    assert sides(first)[0] <= sides(second)[0] and sides(first)[1] <= sides(second)[1]
    assert second.facts["test"] == {"0": 8523, "1": 157}
    assert second.facts["off_quota"] == {"0": 0, "1": 0}
