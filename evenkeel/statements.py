"""Records as in-toto Statements with SLSA provenance, and back.

A step's products are the Statement's subjects, what it read are its resolved dependencies, each with the
SHA-256 of its bytes (https://in-toto.io/Statement/v1, https://slsa.dev/provenance/v1). A Statement also names
its run, the digest of the config, its number, and the digest of the Statement before it: so records cannot
be left out, repeated, reordered or taken from another run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from evenkeel.canonical import json_bytes, sha256
from evenkeel.ledger import Record, Step
from evenkeel.store import Ref

STATEMENT = "https://in-toto.io/Statement/v1"
PROVENANCE = "https://slsa.dev/provenance/v1"
BUILD_TYPE = "urn:x-evenkeel:step:2"
BUILDER = "urn:x-evenkeel:pipeline"
CERTIFICATE = "urn:x-evenkeel:certificate:2"


@dataclass(frozen=True)
class Place:
    """Where a record stands: the run, the digest of its config, its number from 1, what came before."""

    run: str
    config: str
    number: int
    previous: str | None


def statement(record: Record, place: Place) -> bytes:
    """The Statement of a record, as canonical JSON."""
    step = record.step
    return json_bytes(
        {
            "_type": STATEMENT,
            "subject": [_descriptor(name, ref) for name, ref in sorted(record.outputs.items())],
            "predicateType": PROVENANCE,
            "predicate": {
                "buildDefinition": {
                    "buildType": BUILD_TYPE,
                    "externalParameters": {
                        "stage": step.stage,
                        "subject": step.subject,
                        "parameters": step.parameters,
                        "config": {"digest": {"sha256": place.config}},
                    },
                    "internalParameters": {
                        "format": record.format,
                        "key": record.key,
                        "version": record.version,
                        "facts": record.facts,
                        "isolation": record.isolation,
                        "environment": record.environment,
                        "number": place.number,
                        "previous": place.previous,
                    },
                    "resolvedDependencies": [
                        _descriptor(name, ref) for name, ref in sorted(step.inputs.items())
                    ],
                },
                "runDetails": {
                    "builder": {"id": BUILDER, "version": record.environment["packages"]},
                    "metadata": {"invocationId": place.run},
                    "byproducts": [
                        {
                            "name": "timing",
                            "annotations": {"seconds": record.seconds, "reused": record.reused},
                        }
                    ],
                },
            },
        }
    )


def read_statement(payload: bytes) -> tuple[Record, Place]:
    """The record in a Statement and its place; a `ValueError` or `KeyError` if it is none of ours."""
    read = json.loads(payload)
    if (read["_type"], read["predicateType"]) != (STATEMENT, PROVENANCE):
        raise ValueError(f"expected a {PROVENANCE} Statement, got {read['predicateType']!r}")
    definition, details = read["predicate"]["buildDefinition"], read["predicate"]["runDetails"]
    asked, inside = definition["externalParameters"], dict(definition["internalParameters"])
    number, previous = inside.pop("number"), inside.pop("previous")
    step = Step(
        stage=asked["stage"],
        subject=asked["subject"],
        parameters=asked["parameters"],
        inputs=_refs(definition["resolvedDependencies"]),
    )
    record = Record(
        step=step, outputs=_refs(read["subject"]), **inside, **details["byproducts"][0]["annotations"]
    )
    place = Place(details["metadata"]["invocationId"], asked["config"]["digest"]["sha256"], number, previous)
    if statement(record, place) != payload:
        raise ValueError("a Statement says more than its record, or in another form")
    return record, place


def chained(records: Iterable[Record], run: str, config: str) -> list[bytes]:
    """The Statements of a run's records, each naming the one before it."""
    made: list[bytes] = []
    for number, record in enumerate(records, start=1):
        previous = sha256(made[-1]) if made else None
        made.append(statement(record, Place(run, config, number, previous)))
    return made


def certificate(run: str, claims: Iterable[Mapping[str, Any]], files: Mapping[str, str]) -> bytes:
    """The Statement about a whole run: its files by digest, and what came of its claims."""
    return json_bytes(
        {
            "_type": STATEMENT,
            "subject": [{"name": n, "digest": {"sha256": d}} for n, d in sorted(files.items())],
            "predicateType": CERTIFICATE,
            "predicate": {"format": 2, "run": run, "claims": list(claims)},
        }
    )


def _descriptor(name: str, ref: Ref) -> dict[str, Any]:
    about = ref.model_dump(exclude={"digest"}, exclude_none=True)
    return {"name": name, "digest": {"sha256": ref.digest}, "annotations": about}


def _refs(descriptors: Iterable[Mapping[str, Any]]) -> dict[str, Ref]:
    return {each["name"]: Ref(digest=each["digest"]["sha256"], **each["annotations"]) for each in descriptors}
