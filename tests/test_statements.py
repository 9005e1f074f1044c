"""Statements: any record and its place come back, and nothing else can hide in one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.canonical import json_bytes, sha256
from evenkeel.ledger import STAGES, Record, Step, environment
from evenkeel.runs import Run
from evenkeel.signing import unchecked_payload
from evenkeel.statements import Place, certificate, chained, read_statement, statement
from evenkeel.store import Ref

digests = st.text("0123456789abcdef", min_size=64, max_size=64)
refs = st.builds(
    Ref,
    digest=digests,
    kind=st.sampled_from(["table", "json", "model", "html", "record"]),
    role=st.none() | st.sampled_from(["raw", "train", "test", "resampled"]),
    rows=st.none() | st.integers(0, 10**9),
    content=st.none() | digests,
)
names = st.text(min_size=1, max_size=12).filter(lambda text: text.isprintable())
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)
mappings = st.dictionaries(names, values, max_size=3)
steps = st.builds(
    Step,
    stage=st.sampled_from(list(STAGES)),
    subject=st.none() | names,
    parameters=mappings,
    inputs=st.dictionaries(names, refs, max_size=3),
)
records = st.builds(
    Record,
    format=st.just(2),
    step=steps,
    key=digests,
    version=st.integers(1, 9),
    outputs=st.dictionaries(names, refs, max_size=3),
    facts=mappings,
    environment=st.just(environment()),
    seconds=st.floats(0, 1e6),
    reused=st.booleans(),
    isolation=st.sampled_from([None, "none", "landlock"]),
)
places = st.builds(
    Place, run=names, config=digests, number=st.integers(1, 10**4), previous=st.none() | digests
)


@settings(max_examples=60, deadline=None)
@given(record=records, place=places)
def test_a_record_and_its_place_come_back(record: Record, place: Place) -> None:
    assert read_statement(statement(record, place)) == (record, place)


def a_statement(finished_run: Run) -> dict[str, Any]:
    path = finished_run.record_paths()[2]
    return dict(json.loads(unchecked_payload(path.read_bytes())))


def at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if part.isdigit() else value[part]
    return value


PLACES = [
    "predicate",
    "predicate.buildDefinition",
    "predicate.buildDefinition.externalParameters",
    "predicate.buildDefinition.internalParameters",
    "predicate.buildDefinition.resolvedDependencies.0",
    "predicate.buildDefinition.resolvedDependencies.0.annotations",
    "predicate.runDetails",
    "predicate.runDetails.builder",
    "predicate.runDetails.metadata",
    "predicate.runDetails.byproducts.0",
    "subject.0",
    "subject.0.digest",
]


@pytest.mark.parametrize("place", PLACES)
def test_a_field_more_is_refused_wherever_it_hides(finished_run: Run, place: str) -> None:
    said = a_statement(finished_run)
    assert read_statement(json_bytes(said))
    at(said, place)["more"] = "hidden"
    with pytest.raises((ValueError, TypeError)):
        read_statement(json_bytes(said))


# what there is to say of an artifact depends on its kind
@pytest.mark.parametrize("place", [place for place in PLACES if not place.endswith("annotations")])
def test_a_field_less_is_refused(finished_run: Run, place: str) -> None:
    inside = at(a_statement(finished_run), place)
    for field in inside:
        said = a_statement(finished_run)
        del at(said, place)[field]
        with pytest.raises((ValueError, KeyError, TypeError)):
            read_statement(json_bytes(said))


@pytest.mark.parametrize(
    ("field", "value"), [("_type", "https://in-toto.io/Statement/v0.1"), ("predicateType", "urn:other")]
)
def test_another_kind_of_statement_is_refused(finished_run: Run, field: str, value: str) -> None:
    with pytest.raises(ValueError, match="expected a"):
        read_statement(json_bytes(a_statement(finished_run) | {field: value}))


def test_the_same_in_another_form_is_refused(finished_run: Run) -> None:
    said = a_statement(finished_run)
    for text in (json.dumps(said), json.dumps(said, indent=1), json_bytes(said).decode() + "\n"):
        with pytest.raises(ValueError, match="in another form"):
            read_statement(text.encode())


def test_products_told_twice_or_out_of_order_are_refused(finished_run: Run) -> None:
    said = a_statement(finished_run)
    for subject in (said["subject"][::-1], [*said["subject"], said["subject"][0]]):
        with pytest.raises(ValueError, match="in another form"):
            read_statement(json_bytes(said | {"subject": subject}))


def test_each_statement_names_the_one_before_it_the_run_and_the_config(finished_run: Run) -> None:
    made = chained(finished_run.records(), "run", "c" * 64)
    found = [read_statement(each)[1] for each in made]
    assert [place.number for place in found] == list(range(1, len(made) + 1))
    assert [place.previous for place in found] == [None, *map(sha256, made[:-1])]
    assert {(place.run, place.config) for place in found} == {("run", "c" * 64)}


def test_a_certificate_states_its_files_in_order_and_its_claims() -> None:
    said = json.loads(certificate("r", [{"code": "EK001"}], {"b": "2", "a": "1"}))
    assert [(each["name"], each["digest"]["sha256"]) for each in said["subject"]] == [("a", "1"), ("b", "2")]
    assert said["predicate"] == {"format": 2, "run": "r", "claims": [{"code": "EK001"}]}
