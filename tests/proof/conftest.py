"""A forger, who changes a run and computes every digest again, so that no file contradicts another."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evenkeel import looks, signing
from evenkeel.canonical import json_bytes, sha256
from evenkeel.comparison import compared_again
from evenkeel.config import RunConfig
from evenkeel.diagnosed import diagnosed
from evenkeel.errors import DataError
from evenkeel.explained import explained
from evenkeel.findings import findings, summary, xrayed
from evenkeel.ledger import Record, answer_name, step_key
from evenkeel.preprocessing import Preprocessor
from evenkeel.proof import Verdict, batch, refit, verify
from evenkeel.recipe import Recipe
from evenkeel.report import render
from evenkeel.runs import SUMS, Run, find, object_digests, object_name, signed_files, sums_text
from evenkeel.statements import certificate
from evenkeel.store import Ref, Store
from evenkeel.training import ModelSpec, decision, figures, fit_final, load_preprocessor, predict_test


class Forger:
    """Changes a run and seals it anew, as somebody would who knows the formats and wants to be believed."""

    def __init__(self, run: Run, draw: Callable[[dict[str, Any]], str]) -> None:
        self.run, self.store, self.records, self.draw = run, run.store, run.records(), draw
        # the forger holds the key that signed the run, unless a test says otherwise
        self.key = signing.own_key()
        # what the certificate shall say other than the truth
        self.certificate: dict[str, Any] = {}

    def record(self, label: str) -> Record:
        return next(record for record in self.records if record.step.label == label)

    def replace(self, label: str, **changes: Any) -> None:
        """Other values for the fields of a record."""
        self.records = [
            record.model_copy(update=changes) if record.step.label == label else record
            for record in self.records
        ]

    def restep(self, label: str, **changes: Any) -> None:
        """Other values for the fields of a record's step."""
        self.replace(label, step=self.record(label).step.model_copy(update=changes))

    def swap(self, old: Ref, new: Ref) -> None:
        """Another artifact wherever the old one is named."""

        def swapped(refs: dict[str, Ref]) -> dict[str, Ref]:
            return {name: new if ref.digest == old.digest else ref for name, ref in refs.items()}

        self.records = [
            record.model_copy(
                update={
                    "step": record.step.model_copy(update={"inputs": swapped(record.step.inputs)}),
                    "outputs": swapped(record.outputs),
                }
            )
            for record in self.records
        ]

    def swap_table(self, label: str, output: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        old = self.record(label).outputs[output]
        self.swap(old, self.store.put_table(change(self.store.get_table(old)), old.role))

    def swap_json(self, label: str, output: str, change: Callable[[Any], Any]) -> None:
        old = self.record(label).outputs[output]
        self.swap(old, self.store.put_json(change(self.store.get_json(old))))

    def swap_out_of_fold(self, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Other predictions for train, with the operating point and the figures that they give."""
        self.swap_table(f"train {name}", "out_of_fold", change)
        table = self.store.get_table(self.record(f"train {name}").outputs["out_of_fold"])
        made = decision(table, self.record(f"decide {name}").step.parameters)
        self.swap_json(f"decide {name}", "decision", lambda _: made)
        self.replace(f"decide {name}", facts={"threshold": made["threshold"]})
        self.judge(name)

    def swap_model(self, name: str, X: Any, y: Any) -> None:
        """A model fitted on other rows, with the predictions and figures that it gives."""
        record = self.record(f"train {name}")
        recipe = Recipe.model_validate(record.step.parameters["recipe"])
        spec = ModelSpec.model_validate(record.step.parameters["model"])
        self.swap(record.outputs["model"], self.store.put(fit_final(X, y, spec, recipe), "model"))
        self.judge(name)

    def judge(self, name: str, *, compare: bool = True) -> None:
        """Predictions for test and figures anew, by the model and the threshold that there are now.

        Without `compare` where strategies are not judged on the same rows, which cannot be compared.
        """
        step = self.record(f"evaluate {name}").step
        recipe, test = (
            Recipe.model_validate(step.parameters["recipe"]),
            self.store.get_table(step.inputs["test"]),
        )
        X = self.preprocessor().transform(test)
        table = predict_test(test, X, step.parameters["model"], self.store.get(step.inputs["model"]), recipe)
        self.swap_table(f"evaluate {name}", "predictions", lambda _: table)
        decided = self.store.get_json(step.inputs["decision"])
        self.swap_json(f"evaluate {name}", "figures", lambda _: figures(table, recipe.classes, decided, test))
        if compare:
            self.compare()

    def compare(self) -> None:
        """Intervals, differences, explanation and diagnosis anew, from what there is now."""
        stages = {record.step.stage for record in self.records}
        if "explain" in stages:
            record = next(record for record in self.records if record.step.stage == "explain")
            # of another recommendation than was explained there is no explanation to forge
            with contextlib.suppress(DataError):
                told = explained(self.store, record.step.subject, record.step.inputs, record.step.parameters)
                self.swap_json(record.step.label, "explanation", lambda _: told)
        if "compare" in stages:
            step = self.record("compare").step
            made = compared_again(self.store, step.inputs, step.parameters)
            self.swap_json("compare", "comparison", lambda _: made)
        if "diagnose" in stages:
            step = self.record("diagnose").step
            diagnosis = diagnosed(self.store, step.inputs, step.parameters)
            self.swap_json("diagnose", "diagnosis", lambda _: diagnosis)
            self.replace("diagnose", facts={"findings": len(diagnosis["findings"])})

    def preprocessor(self) -> Preprocessor:
        record = self.record("preprocess")
        recipe = Recipe.model_validate(record.step.parameters["recipe"])
        return load_preprocessor(self.store.get(record.outputs["preprocessor"]), recipe)

    def pretend(self, **packages: str) -> None:
        """Say in every record that other packages were installed."""
        self.records = [
            record.model_copy(
                update={
                    "environment": record.environment
                    | {"packages": record.environment["packages"] | packages}
                }
            )
            for record in self.records
        ]

    def edit(self, name: str, change: Callable[[Any], Any]) -> None:
        """Another value in a JSON file of the folder."""
        path = self.run.folder / name
        path.write_bytes(json_bytes(change(json.loads(path.read_bytes()))))

    def tell(self) -> None:
        """Write report and summary anew, so that they say what the forged records say."""
        record = self.record("report")
        config = RunConfig.model_validate_json((self.run.folder / "config.json").read_bytes())
        found = {
            **findings(self.store, config, self.records),
            **xrayed(self.store, self.records),
            "claims": record.step.parameters["claims"],
        }
        outputs = {
            "json": self.store.put_json(found),
            "html": self.store.put(self.draw(found).encode(), "html"),
        }
        self.replace("report", outputs=outputs)
        for output, ref in outputs.items():
            (self.run.folder / f"report.{output}").write_bytes(self.store.get(ref))
        self.edit("run.json", lambda about: about | summary(found))

    def seal(self, *, tell: bool = True) -> Run:
        """The forged run: looks, answers, records, report, certificate and list agree with one another."""
        self.rekey()
        self.look_again()
        if tell:
            self.tell()
        self.rekey()
        self.remember()
        folder = self.run.folder
        for name in ("records", "in-toto"):
            shutil.rmtree(folder / name)
        described, config = self.read("run.json"), (folder / "config.json").read_bytes()
        for name, data in signed_files(
            described, config, self.records, key=self.key, files={}, claims=[]
        ).items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(data)
        self.certify()
        objects = {object_name(self.store, digest): digest for digest in object_digests(self.records)}
        (folder / SUMS).write_text(sums_text(objects | self.digests()))
        return Run(self.run.store, self.run.folder)

    def certify(self) -> None:
        """The certificate of what lies in the folder, but for what it shall say other than the truth."""
        claims = [c for r in self.records if r.step.stage == "report" for c in r.step.parameters["claims"]]
        digests = {name: digest for name, digest in self.digests().items() if name != "certificate.json"}
        said = {"run": self.run.name, "claims": claims, "files": digests} | self.certificate
        (self.run.folder / "certificate.json").write_bytes(self.key.envelope(certificate(**said)))

    def rekey(self) -> None:
        """The key of every record, by its question."""
        self.records = [
            record.model_copy(update={"key": step_key(record.step, record.version, record.environment)})
            for record in self.records
        ]

    def look_again(self) -> None:
        """A chain of looks in which the evaluations that there are now were announced before."""
        if not {"split", "evaluate"} <= {record.step.stage for record in self.records}:
            return
        split = self.record("split")
        table = str(split.step.inputs["table"].content)
        shutil.rmtree(self.store.root / looks.FOLDER, ignore_errors=True)
        for record in self.records:
            if record.step.stage == "evaluate":
                look = looks.take(self.store, self.intent(record, split, table))
                facts = record.facts | {"look": {"number": look.number, "digest": look.digest}}
                self.replace(record.step.label, facts=facts)

    def intent(self, record: Record, split: Record, table: str) -> looks.Intent:
        """What a look at the test set would have announced."""
        return looks.Intent(
            table=table,
            test=str(record.step.inputs["test"].content),
            split=split.key,
            config=sha256((self.run.folder / "config.json").read_bytes()),
            strategy=record.step.subject or "",
            model=record.step.inputs["model"].digest,
            decision=record.step.inputs["decision"].digest,
            key=record.key,
        )

    def remember(self) -> None:
        """The answers that the store remembers, as the records have them."""
        for record in self.records:
            outputs = {name: ref.model_dump() for name, ref in record.outputs.items()}
            body = json_bytes({"outputs": outputs, "facts": record.facts, "isolation": record.isolation})
            self.store.discard(answer_name(record.key))
            self.store.create(answer_name(record.key), sha256(body).encode() + b"\n" + body)

    def read(self, name: str) -> Any:
        """A JSON file of the folder."""
        return json.loads((self.run.folder / name).read_bytes())

    def verdict(self, *, tell: bool = True, replay: bool = True) -> Verdict:
        """What is said of the run once everything is sealed anew."""
        return verify(self.seal(tell=tell), replay=replay)

    def failed(self, *, tell: bool = True) -> set[str]:
        """The claims that fail once everything is sealed anew."""
        return {claim.code for claim in self.verdict(tell=tell).claims if claim.outcome == "failed"}

    def digests(self) -> dict[str, str]:
        """The digest of every file in the folder but the list."""
        folder = self.run.folder
        files = (path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
        return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in files}


@pytest.fixture(scope="session")
def draw() -> Callable[[dict[str, Any]], str]:
    """`render`, for which the same findings are drawn only once: forger and checker draw the same page."""
    pages: dict[bytes, str] = {}

    def drawn(found: dict[str, Any]) -> str:
        key = json_bytes(found)
        pages[key] = pages.get(key) or render(found)
        return pages[key]

    return drawn


@pytest.fixture(scope="session")
def known_replays() -> dict[bytes, Any]:
    """What replays of the whole session found."""
    return {}


@pytest.fixture
def _replay_once(known_replays: dict[bytes, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same step is replayed once: artifacts go by digest, so the place of the store does not matter."""

    def once(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def replayed(root: str, record: Record, *more: Any) -> Any:
            question = [name, record.step.model_dump(), record.outputs, record.facts, more]
            asked = json.dumps(question, default=str).encode()
            if asked not in known_replays:
                known_replays[asked] = function(root, record, *more)
            return known_replays[asked]

        return replayed

    for name in ("replay_preprocess", "refit_fold", "replay_model"):
        monkeypatch.setattr(refit, name, once(name, getattr(refit, name)))
    for stage, replay in batch.SINGLE.items():
        monkeypatch.setitem(batch.SINGLE, stage, once(stage, replay))


@pytest.fixture
def forger(
    run_copy: Run,
    draw: Callable[[dict[str, Any]], str],
    monkeypatch: pytest.MonkeyPatch,
    _replay_once: None,
) -> Forger:
    monkeypatch.setattr("evenkeel.proof.replay.render", draw)
    return Forger(run_copy, draw)


@pytest.fixture
def typed_forger(
    typed_run: Run,
    tmp_path: Path,
    draw: Callable[[dict[str, Any]], str],
    monkeypatch: pytest.MonkeyPatch,
    _replay_once: None,
) -> Forger:
    monkeypatch.setattr("evenkeel.proof.replay.render", draw)
    shutil.copytree(typed_run.store.root, tmp_path / "store")
    return Forger(find(Store(tmp_path / "store"), typed_run.name), draw)


@pytest.fixture
def xrayed_forger(xrayed_run: Run, tmp_path: Path, forger_of: Callable[[Run], Forger]) -> Forger:
    shutil.copytree(xrayed_run.store.root, tmp_path / "store")
    return forger_of(find(Store(tmp_path / "store"), xrayed_run.name))


@pytest.fixture
def forger_of(
    draw: Callable[[dict[str, Any]], str], monkeypatch: pytest.MonkeyPatch, _replay_once: None
) -> Callable[[Run], Forger]:
    """A forger of a run that belongs to the test."""
    monkeypatch.setattr("evenkeel.proof.replay.render", draw)
    return lambda run: Forger(run, draw)
