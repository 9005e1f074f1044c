"""Verify: an honest run passes every claim; one changed byte fails one by name."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from evenkeel.ledger import Record, answer_name
from evenkeel.proof import CLAIMS, Verdict, check_records, verify
from evenkeel.proof.case import Broken
from evenkeel.proof.files import check_files
from evenkeel.runs import SUMS, Run, find
from evenkeel.store import Store

# what is claimed of a run without a search and an X-ray
OF_ALL = [claim for claim in CLAIMS if claim.stage not in ("tune", "xray")]
REPLAYED = ("EK007", "EK008", "EK009", "EK010", "EK014", "EK021", "EK023", "EK024")
# this run was made in one process, and it continues no other
NOT_ASKED = ("EK016", "EK019")
OFFSETS = {"first": lambda size: 0, "middle": lambda size: size // 2, "last": lambda size: size - 1}


def outcomes(run: Run, *, replay: bool = True) -> dict[str, str]:
    return {claim.code: claim.outcome for claim in verify(again(run), replay=replay).claims}


def explanation(verdict: Verdict, code: str) -> str:
    return next(claim.explanation for claim in verdict.claims if claim.code == code)


def again(run: Run) -> Run:
    """The same run, with nothing of it remembered."""
    return Run(run.store, run.folder)


def files_of(run: Run) -> list[Path]:
    """Every file of the store: it holds this run alone."""
    return sorted(path for path in run.store.root.rglob("*") if path.is_file())


def flip(path: Path, offset: int) -> None:
    data = bytearray(path.read_bytes())
    data[offset] ^= 0x01
    path.write_bytes(data)


def failures(verdict: Verdict) -> set[str]:
    return {claim.code for claim in verdict.claims if claim.outcome == "failed"}


def of(records: Sequence[Record], label: str) -> Record:
    return next(record for record in records if record.step.label == label)


# an honest run


def test_an_honest_run_passes_every_claim(finished_run: Run) -> None:
    verdict = verify(finished_run)
    assert {claim.code: claim.outcome for claim in verdict.claims} == {
        claim.code: "not applicable" if claim.code in NOT_ASKED else "passed" for claim in OF_ALL
    }
    assert verdict.verified
    assert all(claim.explanation for claim in verdict.claims)


def test_without_replay_the_replayed_claims_are_not_applicable(finished_run: Run) -> None:
    found = outcomes(finished_run, replay=False)
    assert {code for code, outcome in found.items() if outcome == "not applicable"} == {*REPLAYED, *NOT_ASKED}
    assert set(found.values()) == {"passed", "not applicable"}


def test_before_the_seal_neither_files_nor_replays_are_claimed(finished_run: Run) -> None:
    found = {row["code"]: row["outcome"] for row in check_records(finished_run.store, finished_run.records())}
    assert {code for code, outcome in found.items() if outcome == "not applicable"} == {
        *("EK001", "EK011", "EK012", "EK013"),
        *REPLAYED,
        *NOT_ASKED,
    }
    assert set(found.values()) == {"passed", "not applicable"}


def test_verifying_changes_no_file(finished_run: Run) -> None:
    before = {path: path.read_bytes() for path in files_of(finished_run)}
    verify(finished_run)
    assert {path: path.read_bytes() for path in files_of(finished_run)} == before


def test_a_run_verifies_from_any_folder(run_copy: Run, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    run_copy.store.root.rename(moved)
    assert verify(find(Store("no-such-store"), str(moved / "runs" / run_copy.name))).verified


def test_claims_are_numbered_in_the_order_of_their_checks() -> None:
    codes = [claim.code for claim in CLAIMS]
    assert codes == sorted(set(codes))
    assert len({claim.title for claim in CLAIMS}) == len(CLAIMS)


def test_the_command_verifies_where_prefect_and_great_expectations_are_not_installed(
    finished_run: Run,
) -> None:
    code = (
        "import sys; sys.modules['prefect'] = sys.modules['great_expectations'] = None\n"
        "from evenkeel.cli import main\n"
        f"sys.argv = ['evenkeel', 'verify', {str(finished_run.folder)!r}, '--json']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | {"EVENKEEL_WORKERS": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verified"] is True


# damage


@pytest.mark.parametrize("offset", OFFSETS)
def test_one_changed_byte_in_any_sealed_file_is_named(run_copy: Run, offset: str) -> None:
    """EK001 alone, so that every file can be tried; whole verdicts follow below."""
    records = run_copy.records()
    for path in files_of(run_copy):
        # looks and what the store remembers belong to all runs: they have claims of their own
        if path.relative_to(run_copy.store.root).parts[0] in ("steps", "looks"):
            continue
        original = path.read_bytes()
        flip(path, OFFSETS[offset](len(original)))
        with pytest.raises(Broken) as raised:
            check_files(again(run_copy), records)
        # a changed list blames either itself or the line that no longer fits
        assert path.name in str(raised.value) or path.name == SUMS
        path.write_bytes(original)
    assert check_files(again(run_copy), records)


@pytest.mark.parametrize("part", ["runs", "objects", "sealed", "steps", "looks"])
def test_one_changed_byte_in_any_file_of_a_run_is_found(run_copy: Run, part: str) -> None:
    rng = random.Random(f"evenkeel {part}")
    chosen = [path for path in files_of(run_copy) if path.relative_to(run_copy.store.root).parts[0] == part]
    assert len(chosen) >= 4
    for path in chosen:
        original = path.read_bytes()
        flip(path, rng.randrange(len(original)))
        verdict = verify(again(run_copy), replay=False)
        assert not verdict.verified, path
        if part == "steps":
            assert "steps/" in explanation(verdict, "EK002")
        elif part == "looks":
            assert failures(verdict) >= {"EK015", "EK017"}
        elif path.name != SUMS:
            assert path.name in explanation(verdict, "EK001")
        path.write_bytes(original)
    assert verify(again(run_copy), replay=False).verified


DAMAGE: dict[str, Callable[[Path], object]] = {
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"\n"),
    "junk": lambda path: path.write_bytes(b"\xff\x00junk"),
}
NAMES = [
    "run.json",
    "config.json",
    "certificate.json",
    "report.html",
    "report.json",
    "records/0003-split.json",
    SUMS,
]


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_of_the_folder_is_named(run_copy: Run, name: str, how: str) -> None:
    DAMAGE[how](run_copy.folder / name)
    verdict = verify(again(run_copy), replay=False)
    assert not verdict.verified
    if name != SUMS or how == "deleted":
        assert name in explanation(verdict, "EK001")


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize(
    "label", ["ingest", "split", "resample smote", "train none", "decide none", "report"]
)
def test_a_damaged_object_is_named(run_copy: Run, label: str, how: str) -> None:
    ref = next(iter(of(run_copy.records(), label).outputs.values()))
    DAMAGE[how](run_copy.store.object_path(ref.digest))
    verdict = verify(again(run_copy), replay=how == "junk")
    assert {"EK001", "EK003"} <= failures(verdict)
    assert ref.digest[2:] in explanation(verdict, "EK001")


def test_a_run_that_was_carried_away_without_the_memory_of_its_store_verifies(run_copy: Run) -> None:
    shutil.rmtree(run_copy.store.root / "steps")
    assert verify(again(run_copy), replay=False).verified


@pytest.mark.parametrize("how", sorted(set(DAMAGE) - {"deleted"}))
def test_a_damaged_answer_is_found(run_copy: Run, how: str) -> None:
    record = of(run_copy.records(), "split")
    DAMAGE[how](run_copy.store.root / answer_name(record.key))
    verdict = verify(again(run_copy), replay=False)
    assert "split" in explanation(verdict, "EK002")
    assert not verdict.verified


@pytest.mark.parametrize("name", ["note.txt", ".hidden", "deep/er/file", "records/9999-more.json"])
def test_an_extra_file_is_named(run_copy: Run, name: str) -> None:
    path = run_copy.folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}")
    verdict = verify(again(run_copy), replay=False)
    assert not verdict.verified
    assert f"extra: {name}" in explanation(verdict, "EK001")


def test_a_second_list_of_digests_is_an_extra_file(run_copy: Run) -> None:
    (run_copy.folder / "records" / SUMS).write_text("hidden")
    assert f"extra: records/{SUMS}" in explanation(verify(again(run_copy), replay=False), "EK001")


def test_two_objects_that_traded_places_are_both_named(run_copy: Run) -> None:
    split = of(run_copy.records(), "split")
    one, two = (run_copy.store.object_path(ref.digest) for ref in split.outputs.values())
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    verdict = verify(again(run_copy), replay=False)
    assert not verdict.verified
    assert one.name in explanation(verdict, "EK001")
    assert two.name in explanation(verdict, "EK001")


def test_two_records_that_traded_places_are_both_named(run_copy: Run) -> None:
    one, two = (
        run_copy.folder / "records" / name for name in ("0005-resample-none.json", "0006-resample-smote.json")
    )
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)
    verdict = verify(again(run_copy), replay=False)
    assert one.name in explanation(verdict, "EK001")
    assert two.name in explanation(verdict, "EK001")


def test_every_claim_gets_an_outcome_whatever_the_others_say(run_copy: Run) -> None:
    shutil.rmtree(run_copy.store.root / "objects")
    shutil.rmtree(run_copy.store.root / "steps")
    verdict = verify(again(run_copy))
    assert [claim.code for claim in verdict.claims] == [claim.code for claim in OF_ALL]
    assert {c.code for c in verdict.claims if c.outcome == "not applicable"} == set(NOT_ASKED)
    assert {claim.outcome for claim in verdict.claims} == {"failed", "passed", "not applicable"}
