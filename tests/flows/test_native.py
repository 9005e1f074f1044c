"""Native space from end to end: typed tables pass every stage, verify, and owe nothing to the test set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evenkeel.canonical import sha256
from evenkeel.errors import DataError
from evenkeel.ledger import Record
from evenkeel.models import load_model, probabilities
from evenkeel.proof import verify
from evenkeel.recipe import Recipe
from evenkeel.resampling.lineage import ORIGIN, PARENTS, PROVENANCE, SAMPLER
from evenkeel.resampling.links import CAP
from evenkeel.runs import Run, every
from evenkeel.store import Store
from evenkeel.tables import ROW_ID
from evenkeel.training import load_preprocessor

RunOf = Callable[..., Run]


def noise(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table, but the features of test rows are drawn anew from afar."""
    rng, test = np.random.default_rng(1), frame["part"] == "test"
    far = {
        "age": rng.integers(500, 900, len(frame)),
        "bmi": rng.normal(-1e4, 1e3, len(frame)),
        "seen": pd.Timestamp("1912-06-23"),
        "city": "elsewhere",
        "smokes": rng.random(len(frame)) < 0.5,
        "note": "noise",
    }
    return frame.assign(**{name: frame[name].mask(test, values) for name, values in far.items()})


def record(run: Run, label: str) -> Record:
    return next(record for record in run.records() if record.step.label == label)


def resampled(run: Run, name: str) -> pd.DataFrame:
    return run.store.get_table(record(run, f"resample {name}").outputs["resampled"])


def fitted(run: Run) -> dict[str, str]:
    """The digests of all that was fitted, resampled or decided before the test set was looked at.

    A file of scikit-learn's holds addresses in memory and the time of day, so what is in it is told by what
    it does to a hundred rows: to the bit.
    """
    records = {record.step.label: record for record in run.records()}
    parameters = records["resample none"].step.parameters
    recipe = Recipe.model_validate(parameters["recipe"])
    preprocessor = load_preprocessor(
        run.store.get(records["preprocess"].outputs["preprocessor"]), recipe
    ).transform(run.store.get_table(records["split"].outputs["train"]))
    found = {"preprocess preprocessor": sha256(preprocessor.tobytes())}
    rows = np.random.default_rng(3).normal(size=(100, preprocessor.shape[1]))
    for label, record in records.items():
        if record.step.stage in ("resample", "train", "decide"):
            for name, ref in record.outputs.items():
                found[f"{label} {name}"] = ref.content or ref.digest
        if record.step.stage == "train":
            model = load_model(
                record.step.parameters["model"]["kind"], run.store.get(record.outputs["model"])
            )
            found[f"{label} model"] = sha256(probabilities(model, rows).tobytes())
    return found


def named(table: pd.DataFrame) -> set[str]:
    """The ids of all rows that the rows of a resampled set say they come from."""
    return {name for column in (ORIGIN, *PARENTS) for name in table[column].dropna()}


STRATEGIES = [
    *("none", "random-over", "smote", "adasyn", "tomek-links", "cluster-centroids", "smote-enn", "few"),
    "balanced",
]


def test_a_typed_table_goes_through_every_stage_and_verifies(typed_run: Run) -> None:
    recipe = record(typed_run, "resample none").step.parameters["recipe"]
    assert recipe["resample_space"] == "native"
    assert [recipe[kind] for kind in ("numeric", "dates", "categorical")] == [
        ["age", "bmi"],
        ["seen"],
        ["city", "smokes"],
    ]
    failed = [claim for claim in verify(typed_run).claims if claim.outcome == "failed"]
    assert not failed


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_set_has_the_types_of_train_and_says_where_its_rows_come_from(
    typed_run: Run, typed_table: pd.DataFrame, name: str
) -> None:
    rows = typed_run.store.get_table(record(typed_run, "split").outputs["train"])
    made = resampled(typed_run, name)
    assert made.columns.tolist() == [*rows.columns, *PROVENANCE]
    assert made.dtypes[rows.columns].tolist() == rows.dtypes.tolist()
    assert made[ROW_ID].is_unique
    known = set(rows[ROW_ID])
    assert named(made) <= known
    synthetic = made[ORIGIN].isna()
    assert set(made.loc[synthetic, SAMPLER]) == MAKERS.get(name, set())
    assert set(made.loc[synthetic, ROW_ID]).isdisjoint(typed_table["id"])


MAKERS = {
    "smote": {"SMOTENC"},
    "adasyn": {"ADASYN"},
    "cluster-centroids": {"ClusterCentroids"},
    "smote-enn": {"SMOTENC"},
    "few": {"SMOTENC"},
}


def test_no_id_of_a_test_row_is_in_any_resampled_set(typed_run: Run) -> None:
    test = set(typed_run.store.get_table(record(typed_run, "split").outputs["test"])[ROW_ID])
    assert len(test) == 40
    for name in STRATEGIES:
        table = resampled(typed_run, name)
        assert not test & (named(table) | set(table[ROW_ID]))


def test_a_limit_on_rows_is_a_link_in_the_facts(typed_run: Run) -> None:
    facts = record(typed_run, "resample few").facts
    assert [link["sampler"] for link in facts["links"]] == ["SMOTE", "RandomUnderSampler", CAP]
    assert facts["links"][-1]["after"] == facts["counts"] == {"well": 30, "ill": 30}
    assert record(typed_run, "resample few").outputs["resampled"].rows == 60


def test_a_test_set_of_noise_changes_nothing_that_was_made_before_it(
    typed_run: Run, typed_table: pd.DataFrame, typed_run_of: RunOf, tmp_path: Path
) -> None:
    other = typed_run_of(noise(typed_table), tmp_path / "noise")
    one, two = (run.store.get_table(record(run, "split").outputs["test"]) for run in (typed_run, other))
    assert not one.equals(two)
    assert fitted(other) == fitted(typed_run)
    assert len(fitted(typed_run)) == 1 + len(STRATEGIES) * (3 + 2 + 1)
    figures = [record(run, "evaluate smote").outputs["figures"].digest for run in (typed_run, other)]
    assert figures[0] != figures[1]


def test_one_other_cell_of_a_train_row_changes_every_set(
    typed_run: Run, typed_table: pd.DataFrame, typed_run_of: RunOf, tmp_path: Path
) -> None:
    """So that equal digests above do not come from digests that see nothing."""
    frame = typed_table.copy()
    frame.loc[1, "bmi"] = 99.0
    other = typed_run_of(frame, tmp_path / "other", "strategies=[none, smote, cluster-centroids]")
    mine, theirs = fitted(typed_run), fitted(other)
    assert not [label for label, digest in theirs.items() if "resampled" in label and mine[label] == digest]


def test_what_is_not_a_feature_is_the_first_parents(typed_run: Run, typed_table: pd.DataFrame) -> None:
    notes = typed_table.set_index("id")["note"]
    rows = typed_run.store.get_table(record(typed_run, "split").outputs["train"]).set_index(ROW_ID)
    made = resampled(typed_run, "smote")
    stands_for = rows.loc[made[ORIGIN].fillna(made[PARENTS[0]])]
    assert made["note"].tolist() == stands_for["note"].tolist() == notes[made["id"]].tolist()
    assert set(made["part"]) == {"train"}


# strict


def test_what_others_make_do_with_a_strict_run_refuses_and_leaves_no_run(
    typed_table: pd.DataFrame, typed_run_of: RunOf, tmp_path: Path
) -> None:
    ill = typed_table.index[(typed_table["y"] == "ill") & (typed_table["part"] == "train")]
    tiny, nine = (
        typed_table.drop(ill[6:]),
        "strategies=[{resample: {sampler: SMOTE, params: {k_neighbors: 9}}}]",
    )
    easy = typed_run_of(tiny, tmp_path / "easy", nine)
    notes = [note for link in record(easy, "resample smote").facts["links"] for note in link["notes"]]
    assert verify(easy).verified
    assert any("k_neighbors 9 -> 5 for class 'ill'" in note for note in notes)
    with pytest.raises(
        DataError, match=r"at least 10 rows of class 'ill' for k_neighbors=9, got 6 rows.*Next"
    ):
        typed_run_of(
            tiny,
            tmp_path / "strict",
            "strict=true",
            nine,
        )
    assert not list(every(Store(tmp_path / "strict" / "store")))
