"""A run as in-toto sees it: one link per step, and a layout by which the stock `in-toto-verify` checks them.

An artifact is called by the step that made it: ``0003-split/train``. The layout lets a step read what the
steps before it have made, by name and digest, and nothing else; steps that fit anything must not even read
what the split calls test (https://in-toto.io, links and layout in DSSE envelopes).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from evenkeel.canonical import json_bytes
from evenkeel.ledger import EARLIER_INPUTS, STAGES, Record
from evenkeel.signing import PublicKey

FOLDER = "in-toto"
LAYOUT = "root.layout"
# how long in-toto accepts the layout; what it says does not grow old
YEARS = 30


def payloads(records: Mapping[str, Record], finished: str, key: PublicKey) -> dict[str, bytes]:
    """What is signed of ``in-toto/``: a link for each of `records`, by its name, and the layout."""
    made = _makers(records)
    files = {
        f"{FOLDER}/{name}.{key.keyid[:8]}.link": json_bytes(_link(name, record, made))
        for name, record in records.items()
    }
    files[f"{FOLDER}/{LAYOUT}"] = json_bytes(_layout(records, made, finished, key))
    return files


def _makers(records: Mapping[str, Record]) -> dict[str, str]:
    """The name of every artifact by its digest: that of its first maker."""
    made: dict[str, str] = {}
    for name, record in records.items():
        for output, ref in record.outputs.items():
            made.setdefault(ref.digest, f"{name}/{output}")
    return made


def _link(name: str, record: Record, made: Mapping[str, str]) -> dict[str, Any]:
    read = {made.get(ref.digest, f"elsewhere/{n}"): ref.digest for n, ref in record.step.inputs.items()}
    wrote = {f"{name}/{n}": ref.digest for n, ref in record.outputs.items()}
    return {
        "_type": "link",
        "name": name,
        "materials": {artifact: {"sha256": digest} for artifact, digest in read.items()},
        "products": {artifact: {"sha256": digest} for artifact, digest in wrote.items()},
        "byproducts": {},
        "command": [],
        "environment": {},
    }


def _layout(
    records: Mapping[str, Record], made: Mapping[str, str], finished: str, key: PublicKey
) -> dict[str, Any]:
    keyid = key.keyid
    ends = datetime.datetime.fromisoformat(finished) + datetime.timedelta(days=365 * YEARS)
    return {
        "_type": "layout",
        "readme": "Which step of the run may read what: nothing but products of earlier steps.",
        "expires": f"{ends:%Y-%m-%dT%H:%M:%SZ}",
        "keys": {keyid: {"keyid": keyid, **key.described}},
        "steps": [
            {
                "_type": "step",
                "name": name,
                "pubkeys": [keyid],
                "threshold": 1,
                "expected_command": [],
                "expected_materials": _may_read(record, records, made),
                "expected_products": [["CREATE", f"{name}/*"], ["DISALLOW", "*"]],
            }
            for name, record in records.items()
        ],
        "inspect": [],
    }


def _may_read(record: Record, records: Mapping[str, Record], made: Mapping[str, str]) -> list[list[str]]:
    artifacts = sorted({made[ref.digest] for ref in record.step.inputs.values() if ref.digest in made})
    matches = [
        ["MATCH", artifact, "WITH", "PRODUCTS", "FROM", artifact.partition("/")[0]] for artifact in artifacts
    ]
    # the two tables of the split that a split continues were made by another run
    earlier = sorted(EARLIER_INPUTS.keys() & record.step.inputs) if record.step.stage == "split" else []
    matches += [["ALLOW", f"elsewhere/{name}"] for name in earlier]
    splits = [name for name, other in records.items() if other.step.stage == "split"]
    # before any permission: the first rule that fits an artifact decides
    closed = [["DISALLOW", f"{name}/test"] for name in splits] if STAGES[record.step.stage].fits else []
    return [*closed, *matches, ["DISALLOW", "*"]]
