"""A certificate that was carried away: whole or not at all, checked anywhere, and it says what it lacks."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from evenkeel import looks, readme, terminal
from evenkeel.cli import main
from evenkeel.errors import StoreError
from evenkeel.export import NotVerified, export
from evenkeel.proof import Verdict, verify
from evenkeel.runs import LEFT_OUT, Run, find
from evenkeel.signing import own_key
from evenkeel.store import Store

NEED_OBJECTS = {"EK003", "EK006", "EK007", "EK008", "EK009", "EK010", "EK012"}


@pytest.fixture(scope="session")
def exported(finished_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole certificate; read it, but change nothing: for that there is `carried`."""
    folder = tmp_path_factory.mktemp("exports") / "whole"
    export(finished_run, folder)
    return folder


@pytest.fixture(scope="session")
def exported_bare(finished_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate without objects."""
    folder = tmp_path_factory.mktemp("exports") / "bare"
    export(finished_run, folder, objects=False)
    return folder


@pytest.fixture
def carried(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "carried")


@pytest.fixture
def bare(exported_bare: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported_bare, tmp_path / "bare")


def held(folder: Path) -> Run:
    return find(Store("no-such-store"), str(folder))


def checked(folder: Path, *, replay: bool = False) -> Verdict:
    return verify(held(folder), replay=replay, key=own_key().public)


def outcomes(verdict: Verdict) -> dict[str, str]:
    return {claim.code: claim.outcome for claim in verdict.claims}


def explanation(verdict: Verdict, code: str) -> str:
    return next(claim.explanation for claim in verdict.claims if claim.code == code)


def objects_of(folder: Path) -> list[Path]:
    return sorted(p for pile in ("objects", "sealed") for p in (folder / pile).rglob("*") if p.is_file())


# whole


def test_a_certificate_verifies_elsewhere_with_all_replays(finished_run: Run, carried: Path) -> None:
    here = outcomes(verify(finished_run))
    assert outcomes(checked(carried, replay=True)) == here
    assert "failed" not in here.values()


def test_it_holds_what_the_run_needs_and_nothing_else(run_copy: Run, tmp_path: Path) -> None:
    store = run_copy.store
    store.put(b"of another run", "json")
    shutil.copytree(run_copy.folder, store.root / "runs" / "another")
    store.create("looks/ab/000001.json", b"{}")
    export(run_copy, tmp_path / "out")
    listed = (run_copy.folder / "SHA256SUMS").read_text().count("../../")
    assert len(objects_of(tmp_path / "out")) == listed
    found = {path.name for path in (tmp_path / "out").iterdir()}
    assert found == {"README.txt", "runs", "objects", "sealed", "looks"}
    assert [path.name for path in (tmp_path / "out" / "runs").iterdir()] == [run_copy.name]
    assert len(list((tmp_path / "out" / "looks").iterdir())) == 1


def test_looks_after_its_own_stay_behind(run_copy: Run, tmp_path: Path) -> None:
    (table,) = [path.name for path in (run_copy.store.root / "looks").iterdir()]
    before = looks.read(run_copy.store, table)
    later = before[-1].intent.model_copy(update={"key": "f" * 64, "strategy": "secret"})
    looks.take(run_copy.store, later)
    export(run_copy, tmp_path / "out")
    assert looks.read(Store(tmp_path / "out"), table) == before
    assert checked(tmp_path / "out").verified


def test_an_object_that_was_taken_out_is_damage(carried: Path) -> None:
    objects_of(carried)[3].unlink()
    verdict = checked(carried)
    assert outcomes(verdict)["EK001"] == "failed"
    assert "missing: ../../" in explanation(verdict, "EK001")


def test_a_look_that_was_taken_out_is_damage(carried: Path) -> None:
    next(carried.glob("looks/*/000002.json")).unlink()
    assert outcomes(checked(carried))["EK015"] == "failed"


def test_a_certificate_can_be_exported_again(carried: Path, tmp_path: Path) -> None:
    export(held(carried), tmp_path / "again")
    assert (tmp_path / "again" / "README.txt").read_bytes() == (carried / "README.txt").read_bytes()
    assert checked(tmp_path / "again").verified


# without objects


def test_without_objects_what_needs_them_is_not_applicable_and_the_rest_holds(bare: Path) -> None:
    verdict = checked(bare, replay=True)
    found = outcomes(verdict)
    assert {code for code, outcome in found.items() if outcome == "not applicable"} >= NEED_OBJECTS | {
        "EK001"
    }
    assert {"EK002", "EK004", "EK005", "EK011", "EK013", "EK015", "EK017"} <= {
        code for code, outcome in found.items() if outcome == "passed"
    }
    assert verdict.verified
    assert all("objects were left out" in explanation(verdict, code) for code in NEED_OBJECTS | {"EK001"})


def test_what_was_left_out_is_said_wherever_the_verdict_is(bare: Path) -> None:
    verdict = checked(bare)
    unchecked = list(outcomes(verdict).values()).count("not applicable")
    last = terminal.verdict_text(verdict).splitlines()[-1]
    assert f"verified from its records alone: {unchecked} claims were not checked" in last
    assert verdict.without_objects
    assert "38 objects were left out and are not checked: " in explanation(verdict, "EK001")


def test_no_file_of_it_holds_a_table_or_a_model(bare: Path) -> None:
    assert objects_of(bare) == []
    kinds = {path.suffix for path in bare.rglob("*") if path.is_file()}
    assert kinds == {".json", ".html", ".txt", ".pub", ".link", ".layout", ""}


def test_to_say_that_objects_are_left_out_takes_claims_away_and_hides_no_damage(carried: Path) -> None:
    (carried / LEFT_OUT).write_text("")
    objects_of(carried)[3].unlink()
    verdict = checked(carried)
    assert outcomes(verdict)["EK001"] == "failed"
    assert "says that there are no objects, but here is" in explanation(verdict, "EK001")
    for path in objects_of(carried):
        path.unlink()
    verdict = checked(carried)
    assert {outcomes(verdict)[code] for code in NEED_OBJECTS | {"EK001"}} == {"not applicable"}


@pytest.mark.parametrize(
    ("name", "claim"),
    [
        ("records/0003-split.json", "EK013"),
        ("config.json", "EK011"),
        ("run.json", "EK012"),
        ("report.html", "EK012"),
        ("report.json", "EK012"),
        ("SHA256SUMS", "EK001"),
        ("in-toto/root.layout", "EK013"),
    ],
)
def test_a_changed_file_is_found_without_objects_too(bare: Path, name: str, claim: str) -> None:
    path = held(bare).folder / name
    data = path.read_bytes()
    path.write_bytes(
        data.replace(b"42", b"43", 1) if name == "config.json" else data[:-40] + b" " + data[-39:]
    )
    found = outcomes(checked(bare))
    assert found["EK001"] == "failed"
    assert found[claim] == "failed"


def test_a_line_of_the_list_that_no_record_names_is_found_without_objects_too(bare: Path) -> None:
    sums = held(bare).folder / "SHA256SUMS"
    sums.write_text(f"{'0' * 64}  ../../objects/sha256/00/{'0' * 62}\n" + sums.read_text())
    assert "missing: ../../objects/sha256/00/0000" in explanation(checked(bare), "EK001")
    lines = sums.read_text().splitlines(keepends=True)
    sums.write_text("".join(lines[2:]))
    assert outcomes(checked(bare))["EK001"] == "failed"


def test_a_certificate_without_objects_can_be_exported_again(bare: Path, tmp_path: Path) -> None:
    exported = export(held(bare), tmp_path / "again")
    assert (exported.objects, exported.left_out) == (0, 38)
    assert (tmp_path / "again" / "README.txt").read_bytes() == (bare / "README.txt").read_bytes()
    assert checked(tmp_path / "again").verified


# whole or not at all


def test_a_damaged_run_is_refused_by_the_claim_that_fails(run_copy: Run, tmp_path: Path) -> None:
    (run_copy.folder / "report.html").write_text("better")
    with pytest.raises(NotVerified, match=r"fails EK001, .*report\.html.*Next: .*--force"):
        export(run_copy, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    export(run_copy, tmp_path / "out", force=True)
    assert outcomes(checked(tmp_path / "out"))["EK001"] == "failed"


@pytest.mark.parametrize("there", ["a folder with files in it", "a file"])
def test_what_is_there_already_is_not_touched(finished_run: Run, tmp_path: Path, there: str) -> None:
    folder = tmp_path / "out"
    if there == "a file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        (folder / "mine").write_text("mine")
    with pytest.raises(StoreError, match=rf"Expected a new or empty folder at .*, got {there}\. Next: "):
        export(finished_run, folder)
    assert [path.name for path in tmp_path.rglob("*")] in (["out"], ["out", "mine"])


@pytest.mark.parametrize("empty", [True, False])
def test_a_certificate_that_cannot_be_written_leaves_nothing(
    finished_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty: bool
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    if empty:
        (tmp_path / "out").mkdir()
    monkeypatch.setattr("evenkeel.export.shutil.copyfile", full)
    with pytest.raises(StoreError, match=r"No space left.*Next: "):
        export(finished_run, tmp_path / "out", force=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["out"] * empty


@pytest.mark.parametrize("digest", ["../../../../etc/passwd", "0" * 63, "A" * 64])
def test_a_record_cannot_name_files_outside_the_store(
    run_copy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, digest: str
) -> None:
    monkeypatch.setattr("evenkeel.export.object_digests", lambda _: {digest})
    export(run_copy, tmp_path / "out", force=True)
    assert objects_of(tmp_path / "out") == []


@pytest.mark.parametrize("name", [".", "deeper/still/out"])
def test_any_place_that_is_free_will_do(
    finished_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    exported = export(finished_run, Path(name), force=True)
    assert exported.folder == str((tmp_path / "here" / name).resolve())
    assert (tmp_path / "here" / name / "README.txt").is_file()


# found by its folder


def test_a_folder_that_holds_several_runs_is_not_one_run(carried: Path) -> None:
    shutil.copytree(held(carried).folder, carried / "runs" / "second")
    with pytest.raises(StoreError, match="no such run"):
        held(carried)


# the command


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["evenkeel", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_the_command_says_where_it_is_and_how_to_check_it(
    finished_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out, root = tmp_path / "out", str(finished_run.store.root)
    assert call(monkeypatch, "certificate", "latest", "-o", str(out), "--store", root, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["run"], told["folder"], told["objects"]) == (finished_run.name, str(out), 38)
    assert told["files"] == len([path for path in out.rglob("*") if path.is_file()])
    assert told["key"] == own_key().public.keyid
    bare = str(tmp_path / "bare")
    assert call(monkeypatch, "certificate", "latest", "-o", bare, "--store", root, "--no-objects") == 0
    said = capsys.readouterr().out
    assert f"evenkeel verify {bare}" in said
    assert "without the 38 objects" in said
    assert call(monkeypatch, "verify", bare, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["verified"], told["without_objects"]) == (True, True)
    assert [claim["code"] for claim in told["claims"]][:2] == ["EK001", "EK002"]


def test_the_command_refuses_a_damaged_run_with_status_4(
    run_copy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (run_copy.folder / "run.json").unlink()
    arguments = ("certificate", str(run_copy.folder), "-o", str(tmp_path / "out"))
    assert call(monkeypatch, *arguments) == 4
    assert "fails EK001" in capsys.readouterr().err


# README.txt


def test_every_command_of_the_readme_works(
    exported: Path, tool: Callable[[str], str], tmp_path: Path
) -> None:
    tool("openssl")
    text = (exported / "README.txt").read_text(encoding="utf-8")
    commands = re.findall(r"^(?:cd runs/.*|in-toto-verify .*|python3 - .*|openssl .*)$", text, re.MULTILINE)
    assert len(commands) == 5
    block = text[text.index("cd runs/", text.index("3. ")) : text.index("   And the files")]
    block = block.replace("/tmp/", f"{tmp_path}/") + "\nsha256sum -c --quiet SHA256SUMS"
    bash(block, exported)
    in_toto = text[text.index("cd runs/", text.index("2. ")) : text.index("3. ")]
    bash(in_toto.replace("in-toto-verify", tool("in-toto-verify")), exported)


def test_the_format_is_described_with_the_same_commands(exported: Path) -> None:
    text = (exported / "README.txt").read_text(encoding="utf-8")
    docs = (Path(__file__).parents[2] / "docs" / "certificate.md").read_text(encoding="utf-8")
    by_hand = text[text.index("python3 - ") : text.index("/tmp/signature\n")]
    assert by_hand in docs
    assert "in-toto-verify --layout root.layout --verification-keys ../key.pub" in docs


def bash(script: str, folder: Path) -> None:
    done = subprocess.run(["bash", "-ec", script], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_says_what_is_in_it_and_whose_key_to_ask_for() -> None:
    key = own_key().public
    whole, bare, old = (
        readme.readme("r", key, objects=True),
        readme.readme("r", key, objects=False),
        readme.readme("r", None, objects=True),
    )
    assert "test rows included" in whole
    assert "synthetic rows beside their real parents" in bare
    assert "ids\nof rows that failed a check" in bare
    assert key.keyid[:12] in whole
    assert "in-toto" not in old
    assert all(len(line) <= 120 for text in (whole, bare, old) for line in text.splitlines())
