"""Certificates of every format that there has been still verify, and so do other people's tools."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from evenkeel.canonical import json_bytes
from evenkeel.ledger import environment
from evenkeel.proof import Verdict, verify
from evenkeel.runs import FORMAT, Run, find
from evenkeel.signing import PublicKey, read_public
from evenkeel.store import Store

SAMPLES = Path(__file__).parent / "certificates"
FORMATS = range(1, FORMAT + 1)
# what a format did not have yet
UNKNOWN = {1: {"EK013", "EK015", "EK016", "EK017"}}
REPLAYED = {"EK007", "EK008", "EK009", "EK010"}


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Run]:
    """The run in the sample of a format; read it, but change nothing."""
    runs: dict[int, Run] = {}

    def of(number: int) -> Run:
        if number not in runs:
            folder = tmp_path_factory.mktemp(f"format{number}")
            with tarfile.open(SAMPLES / f"format{number}" / "small.tar.xz") as tar:
                tar.extractall(folder, filter="data")
            runs[number] = find(Store("no-such-store"), str(folder))
        return runs[number]

    return of


@pytest.fixture(scope="module")
def judged(unpacked: Callable[[int], Run]) -> Callable[[int], Verdict]:
    """The verdict on the sample of a format, with replays."""
    verdicts: dict[int, Verdict] = {}

    def of(number: int) -> Verdict:
        if number not in verdicts:
            verdicts[number] = verify(unpacked(number))
        return verdicts[number]

    return of


@pytest.fixture(scope="module")
def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make", SAMPLES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcomes(verdict: Verdict, *, but: set[str]) -> dict[str, str]:
    return {claim.code: claim.outcome for claim in verdict.claims if claim.code not in but}


def same_libraries(run: Run) -> bool:
    """Whether a replay must come out the same to the bit."""
    then, here = run.records()[0].environment, environment()
    return then["python"][:4] == here["python"][:4] and all(
        here["packages"].get(name) == version
        for name, version in then["packages"].items()
        if name != "evenkeel"
    )


@pytest.mark.parametrize("number", FORMATS)
def test_a_certificate_of_every_format_verifies(
    number: int, unpacked: Callable[[int], Run], judged: Callable[[int], Verdict]
) -> None:
    """But for replays under other libraries, and the report, which has a test of its own."""
    but = {"EK012"} | (set() if same_libraries(unpacked(number)) else REPLAYED)
    found = outcomes(judged(number), but=but)
    assert "failed" not in found.values()
    passed = {code for code, outcome in found.items() if outcome == "passed"}
    assert passed >= {"EK001", "EK002", "EK003", "EK004", "EK005", "EK006", "EK011"} | REPLAYED - but


@pytest.mark.parametrize("number", UNKNOWN)
def test_what_a_format_did_not_have_is_not_applicable(number: int, judged: Callable[[int], Verdict]) -> None:
    found = outcomes(judged(number), but=set())
    assert {found[code] for code in UNKNOWN[number]} == {"not applicable"}


def test_the_report_of_format_1_says_what_its_records_say(judged: Callable[[int], Verdict]) -> None:
    assert outcomes(judged(1), but=set())["EK012"] == "passed"


def test_the_report_of_format_2_says_what_its_records_say(
    judged: Callable[[int], Verdict], unpacked: Callable[[int], Run]
) -> None:
    if same_libraries(unpacked(2)):
        assert outcomes(judged(2), but=set())["EK012"] == "passed"


def test_there_is_a_sample_of_every_format_and_no_other() -> None:
    found = {path.parent.name for path in SAMPLES.glob("*/*.tar.xz")}
    assert found == {f"format{number}" for number in FORMATS}


def test_samples_are_signed_by_the_key_that_everybody_has(
    make: ModuleType, unpacked: Callable[[int], Run], tmp_path: Path
) -> None:
    make.write_key(tmp_path / "key.pem")
    assert (tmp_path / "key.pem").stat().st_mode & 0o777 == 0o600
    key = read_public(tmp_path / "key.pem")
    assert key == PublicKey(bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
    assert outcomes(verify(unpacked(2), replay=False, key=key), but=set())["EK013"] == "passed"
    assert outcomes(verify(unpacked(1), replay=False, key=key), but=set())["EK013"] == "failed"


def test_samples_name_no_place_of_the_machine_that_made_them(unpacked: Callable[[int], Run]) -> None:
    for number in FORMATS:
        run = unpacked(number)
        told = [path.read_bytes() for path in run.folder.glob("*.json")]
        told += [json_bytes(record.model_dump(mode="json")) for record in run.records()]
        assert not any(place in text for text in told for place in (b"/tmp/", b"/home/", b"/root/"))


def test_others_can_check_the_sample_of_format_2(
    unpacked: Callable[[int], Run], tool: Callable[[str], str]
) -> None:
    tool("openssl")
    run = unpacked(2)
    script = Path(__file__).parents[2] / "docs" / "check_certificate.py"
    done = subprocess.run([sys.executable, str(script), str(run.store.root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    layout = ["--layout", "root.layout", "--verification-keys", "../key.pub"]
    subprocess.run([tool("in-toto-verify"), *layout], cwd=run.folder / "in-toto", check=True)


def test_packing_the_same_files_gives_the_same_archive(
    make: ModuleType, unpacked: Callable[[int], Run], tmp_path: Path
) -> None:
    folder = unpacked(2).folder / "records"
    for name in ("one", "two"):
        make.pack(folder, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
