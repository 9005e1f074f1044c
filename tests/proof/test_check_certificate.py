"""What others check a certificate with: the short script of docs/, openssl, and in-toto's own command."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from evenkeel import layouts
from evenkeel.canonical import json_bytes, sha256
from evenkeel.export import export
from evenkeel.ledger import Record
from evenkeel.runs import SUMS, Run, find, object_digests, object_name, signed_files, sums_text
from evenkeel.signing import own_key, unchecked_payload
from evenkeel.store import Ref, Store

SCRIPT = Path(__file__).parents[2] / "docs" / "check_certificate.py"
FILES, SIGNED, FOLLOW, TEST, LOOKS, ABOUT = (
    "files_are_those_that_were_sealed",
    "all_is_signed_by_one_key",
    "records_follow_from_one_another",
    "test_rows_went_into_evaluation_alone",
    "every_evaluation_is_a_counted_look",
    "the_certificate_is_about_these_files",
)


@pytest.fixture(scope="session")
def exported(finished_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports") / "whole"
    export(finished_run, folder)
    return folder


@pytest.fixture
def carried(exported: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported, tmp_path / "carried")


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("check_certificate", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def failures(script: Any, folder: Path, temporary: Path, *, signatures: bool = False) -> set[str]:
    """The checks that do not hold; signatures take a process each, so only on demand."""
    certificate = script.Certificate(temporary, folder)
    failed = set()
    for name in [n for n in vars(script.Certificate) if not n.startswith("_")]:
        if name != SIGNED or signatures:
            try:
                getattr(certificate, name)()
            except Exception:
                failed.add(name)
    return failed


def held(folder: Path) -> Run:
    return find(Store("no-such-store"), str(folder))


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    path.write_bytes(json_bytes(change(json.loads(path.read_bytes()))))


def signed_again(run: Run, records: Sequence[Record]) -> None:
    """Seal a run anew with other records, as its owner could: no file contradicts another."""
    key, folder = own_key(), run.folder
    files = {name: (folder / name).read_bytes() for name in ("report.html", "report.json")}
    config, claims = (folder / "config.json").read_bytes(), run.certificate()["claims"]
    content = signed_files(run.about, config, records, key=key, files=files, claims=claims)
    digests = {name: sha256(data) for name, data in content.items()}
    digests |= {object_name(run.store, digest): digest for digest in object_digests(records)}
    shutil.rmtree(folder)
    for name, data in (content | {SUMS: sums_text(digests).encode()}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def leaking(records: Sequence[Record], label: str, **changes: Any) -> list[Record]:
    """The records, with the test set as one more input of a step."""
    test = next(r for r in records if r.step.stage == "split").outputs["test"].model_copy(update=changes)
    return [
        record.model_copy(
            update={"step": record.step.model_copy(update={"inputs": record.step.inputs | {"more": test}})}
        )
        if record.step.label == label
        else record
        for record in records
    ]


# the script


def test_it_is_short_and_needs_nothing_but_the_standard_library() -> None:
    text = SCRIPT.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 150
    names = {
        alias.name.partition(".")[0] if isinstance(node, ast.Import) else str(node.module)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert names <= sys.stdlib_module_names


def run_script(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def test_an_honest_certificate_passes_every_check_by_the_key_that_is_expected(
    exported: Path, tool: Callable[[str], str]
) -> None:
    tool("openssl")
    done = run_script(exported, held(exported).folder / "key.pub")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["ok"] * 6
    assert "by the key expected" in lines[1]


def test_without_objects_it_says_how_many_were_left_out(
    finished_run: Run, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    tool("openssl")
    export(finished_run, tmp_path / "bare", objects=False)
    done = run_script(tmp_path / "bare")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "left out: 38" in done.stdout
    assert "whose, is not known" in done.stdout


def test_another_key_than_the_expected_one_is_refused(
    exported: Path, tmp_path: Path, tool: Callable[[str], str]
) -> None:
    openssl = tool("openssl")
    subprocess.run([openssl, "genpkey", "-algorithm", "ed25519", "-out", tmp_path / "k"], check=True)
    subprocess.run(
        [openssl, "pkey", "-in", tmp_path / "k", "-pubout", "-out", tmp_path / "k.pub"], check=True
    )
    done = run_script(exported, tmp_path / "k.pub")
    assert done.returncode == 1
    assert "FAIL  all is signed by one key" in done.stdout


@pytest.mark.parametrize("part", ["payload", "payloadType", "signatures"])
@pytest.mark.parametrize("name", ["records/0003-split.json", "certificate.json", "in-toto/root.layout"])
def test_a_signature_that_does_not_hold_is_found(
    script: Any, carried: Path, tmp_path: Path, tool: Callable[[str], str], part: str, name: str
) -> None:
    tool("openssl")
    other = json.loads((held(carried).folder / "records/0004-preprocess.json").read_bytes())
    if part == "payloadType":
        other = {part: "text/plain"}
    edit(held(carried).folder / name, lambda envelope: envelope | {part: other[part]})
    certificate = script.Certificate(tmp_path, carried)
    certificate._signed = {name: certificate._signed[name]}
    with pytest.raises(ValueError, match=f"signature of {name} does not hold"):
        certificate.all_is_signed_by_one_key()


CHANGES: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "nothing": (lambda root: None, set()),
    "an object taken out": (lambda root: min(p for p in root.glob("sealed/*/*/*")).unlink(), {FILES}),
    "a report": (lambda root: (held(root).folder / "report.html").write_text("better"), {FILES, ABOUT}),
    "a file more": (lambda root: (held(root).folder / "more").write_text("x"), {FILES, ABOUT}),
    "the config": (
        lambda root: edit(held(root).folder / "config.json", lambda c: c | {"seed": 7}),
        {FILES, ABOUT, FOLLOW},
    ),
    "the last look taken out": (lambda root: next(root.glob("looks/*/000004.json")).unlink(), {LOOKS}),
    "the first look taken out": (lambda root: next(root.glob("looks/*/000001.json")).unlink(), {LOOKS}),
    "a look": (
        lambda root: edit(
            next(root.glob("looks/*/000002.json")),
            lambda look: look | {"intent": look["intent"] | {"strategy": "x"}},
        ),
        {LOOKS},
    ),
    "another name of the run": (
        lambda root: held(root).folder.rename(root / "runs" / "better"),
        {FOLLOW, ABOUT},
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_was_changed_is_found_by_the_check_that_is_about_it(
    script: Any, carried: Path, tmp_path: Path, what: str
) -> None:
    change, expected = CHANGES[what]
    change(carried)
    assert failures(script, carried, tmp_path) == expected


FORGED: dict[str, tuple[Callable[[list[Record]], list[Record]], set[str]]] = {
    "nothing": (list, set()),
    "test rows for a fitting step": (lambda r: leaking(r, "resample smote"), {TEST}),
    "test rows under another name": (lambda r: leaking(r, "decide none", kind="json", content=None), {TEST}),
    "the same rows in other bytes": (
        lambda r: leaking(r, "train none", digest="0" * 64),
        {TEST, FOLLOW, FILES},
    ),
    "a step left out": (lambda r: [s for s in r if s.step.label != "decide none"], {FOLLOW}),
    "steps in another order": (lambda r: [*r[:2], r[3], r[2], *r[4:]], {FOLLOW}),
}


@pytest.mark.parametrize("what", FORGED)
def test_a_run_that_its_owner_signed_again_is_found_by_what_it_says(
    script: Any, carried: Path, tmp_path: Path, what: str
) -> None:
    forge, expected = FORGED[what]
    run = held(carried)
    signed_again(run, forge(run.records()))
    assert failures(script, carried, tmp_path) == expected


def continued(run: Run) -> tuple[list[Record], Ref]:
    """The records as if the split continued another run's, and the test set of that."""
    records = run.records()
    split = next(r for r in records if r.step.stage == "split")
    earlier = {
        f"earlier_{side}": run.store.put_table(run.store.get_table(split.outputs[side]).iloc[1:], side)
        for side in ("train", "test")
    }
    step = split.step.model_copy(update={"inputs": split.step.inputs | earlier})
    changed = [r if r is not split else r.model_copy(update={"step": step}) for r in records]
    return changed, earlier["earlier_test"]


def test_a_split_may_read_the_one_that_it_continues_and_nobody_else_may(
    script: Any, carried: Path, tmp_path: Path
) -> None:
    run = held(carried)
    records, earlier = continued(run)
    signed_again(run, records)
    assert failures(script, carried, tmp_path) == set()
    signed_again(run, leaking(records, "train none", digest=earlier.digest, content=earlier.content))
    assert failures(script, carried, tmp_path) == {FOLLOW, TEST}


def test_an_evaluation_of_another_test_set_is_found(script: Any, carried: Path, tmp_path: Path) -> None:
    run = held(carried)
    records = run.records()
    train = next(r for r in records if r.step.stage == "split").outputs["train"]
    forged = [
        r.model_copy(update={"step": r.step.model_copy(update={"inputs": r.step.inputs | {"test": train}})})
        if r.step.label == "evaluate none"
        else r
        for r in records
    ]
    signed_again(run, forged)
    assert failures(script, carried, tmp_path) == {TEST, LOOKS}


# in-toto's own command


def in_toto_verify(command: str, run: Run) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [command, "--layout", layouts.LAYOUT, "--verification-keys", "../key.pub"],
        cwd=run.folder / layouts.FOLDER,
        capture_output=True,
        text=True,
    )


def test_the_stock_command_passes_an_honest_run(carried: Path, tool: Callable[[str], str]) -> None:
    command, run = tool("in-toto-verify"), held(carried)
    assert in_toto_verify(command, run).returncode == 0
    signed_again(run, run.records())
    assert in_toto_verify(command, run).returncode == 0


def test_the_stock_command_catches_test_rows_in_a_fitting_step(
    carried: Path, tool: Callable[[str], str]
) -> None:
    """Even where the layout was made from the same records, and so might allow what they say."""
    command, run = tool("in-toto-verify"), held(carried)
    signed_again(run, leaking(run.records(), "resample smote"))
    done = in_toto_verify(command, run)
    assert done.returncode != 0
    assert "0003-split/test" in done.stdout + done.stderr


def test_the_stock_command_catches_a_link_that_reads_the_test_set(
    carried: Path, tool: Callable[[str], str]
) -> None:
    command, run, key = tool("in-toto-verify"), held(carried), own_key()
    (path,) = (run.folder / layouts.FOLDER).glob("0006-resample-smote.*.link")
    link = json.loads(unchecked_payload(path.read_bytes()))
    test = next(r for r in run.records() if r.step.stage == "split").outputs["test"]
    link["materials"]["0003-split/test"] = {"sha256": test.digest}
    path.write_bytes(key.envelope(json_bytes(link)))
    done = in_toto_verify(command, run)
    assert done.returncode != 0
    assert "0003-split/test" in done.stdout + done.stderr


def test_the_stock_command_refuses_a_link_by_another_key(carried: Path, tool: Callable[[str], str]) -> None:
    command, run = tool("in-toto-verify"), held(carried)
    (path,) = (run.folder / layouts.FOLDER).glob("0003-split.*.link")
    edit(path, lambda envelope: envelope | {"signatures": [envelope["signatures"][0] | {"sig": "A" * 88}]})
    assert in_toto_verify(command, run).returncode != 0
