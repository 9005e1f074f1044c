"""What a person reads of a run against its records: the config, the report, the certificate, the summary."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from evenkeel import __version__, plan
from evenkeel.canonical import json_bytes, sha256
from evenkeel.comparison import compare_inputs
from evenkeel.config import RunConfig, Strategy
from evenkeel.diagnosed import READS, diagnose_inputs
from evenkeel.explained import explain_inputs
from evenkeel.findings import findings, summary, xrayed
from evenkeel.ledger import EARLIER_INPUTS, Record
from evenkeel.proof.case import Broken, Case, NotApplicable
from evenkeel.proof.compare import compare_values
from evenkeel.proof.environments import drawn_by, elsewhere, same_evenkeel
from evenkeel.proof.outcome import too_far
from evenkeel.proof.sides import recorded_inputs
from evenkeel.runs import SUMS, Run
from evenkeel.store import Ref

# how many claims there were in the first version; since then some were added at the end
FIRST_CLAIMS = 12
PER_STRATEGY = ("tune", "resample", "train", "decide", "evaluate")


def check_planned(case: Case) -> str:
    """The parameters of every step, made again from the config in the run's folder."""
    config = _config(case.sealed())
    facts = case.of("split")[0].facts if case.of("split") else {}
    names = [strategy.name for strategy in config.strategies]
    for stage in PER_STRATEGY:
        recorded = [record.step.subject for record in case.of(stage)]
        if recorded and recorded != names:
            raise Broken(f"the config names the strategies {names}, stage {stage} has {recorded}")
    _check_stages(case, config)
    for record in case.records:
        planned = _planned(case, config, facts, record, _tuned(case, config, record))
        if not _as_planned(_plain(planned), record):
            raise Broken(f"{record.step.label}: its parameters do not follow from config.json")
        if (feeds := _feeds(case, record)) is not None and record.step.inputs != feeds:
            raise Broken(f"{record.step.label}: its inputs are not the products of its own strategy's steps")
    return f"the parameters of {len(case.records)} steps follow from config.json, and each feeds the next"


def _check_stages(case: Case, config: RunConfig) -> None:
    """What compares, explains and diagnoses is there where something was judged, if the config asks so."""
    asked = {
        "compare": config.calibrate is not None,
        "explain": bool(config.explain),
        "diagnose": config.silence is not None,
    }
    for stage, wanted in asked.items():
        if case.of("evaluate") and bool(case.of(stage)) != wanted:
            there, not_ = ("", "not ") if case.of(stage) else ("not ", "")
            raise Broken(f"stage {stage} is {there}there, and config.json does {not_}ask for it")


def check_shown(case: Case) -> str:
    """Certificate and summary by content; the report made again as JSON and, with replays, as a page."""
    run = case.sealed()
    reported = case.of("report")
    _check_certificate(run, reported[0].step.parameters["claims"] if reported else [])
    if not reported:
        if stray := [name for name in ("report.html", "report.json") if (run.folder / name).exists()]:
            raise Broken(f"a stopped run has no report, but here is {stray}")
        return "the certificate lists what is there; a stopped run has no report"
    if case.without_objects:
        _check_without_objects(run, reported[0])
        raise NotApplicable(
            "objects were left out, so the report cannot be made again; it is the one that its record names, "
            "and certificate and run.json say the same"
        )
    found = {
        **findings(case.store, _config(run), case.records),
        **xrayed(case.store, case.records),
        "claims": reported[0].step.parameters["claims"],
    }
    page = _check_report(case, run, reported[0], found)
    _check_claims(case, reported[0])
    told = summary(found)
    if not _agree("run.json", told, {k: run.about[k] for k in told if k in run.about}, reported[0]):
        raise Broken("run.json tells other figures than the records")
    return f"the figures of report, certificate and run.json follow from the records{page}"


def _check_certificate(run: Run, claims: list[Any]) -> None:
    certificate = run.certificate()
    whole = certificate.get("format") != 1
    digests = {
        path.relative_to(run.folder).as_posix(): sha256(path.read_bytes())
        for path in run.folder.rglob("*")
        if path.is_file()
        and path.name not in ("certificate.json", SUMS)
        # those of format 1 did not list what can be made again from the records
        and (whole or path.parent.name == "records" or path.name in ("run.json", "config.json"))
    }
    for name, expected in (("run", run.name), ("claims", claims), ("files", digests)):
        if certificate.get(name) != _plain(expected):
            raise Broken(f"certificate.json: {name!r} is not what the run says")
    if run.about.get("run") != run.name:
        raise Broken(f"run.json belongs to {run.about.get('run')!r}")
    if run.about.get("name") != (name := _config(run).name):
        raise Broken(f"run.json is named {run.about.get('name')!r}, its config {name!r}")


def _check_claims(case: Case, record: Record) -> None:
    """The outcomes that the report shows are those that come out now; later versions claim more."""
    # inside, because checking claims is what calls this
    from evenkeel.proof.verify import check_records

    shown = _plain(record.step.parameters["claims"])
    before = [record for record in case.records if record.step.stage != "report"]
    now = _plain(check_records(case.store, before, case.known))
    if not same_evenkeel(record):
        shown, now = ([{k: c.get(k) for k in ("code", "outcome")} for c in each] for each in (shown, now))
    if len(shown) < FIRST_CLAIMS or shown != now[: len(shown)]:
        raise Broken("the report shows other outcomes of the claims than come out now")


def _check_digests(run: Run, record: Record) -> None:
    for name, output in (("report.json", "json"), ("report.html", "html")):
        if _digest(run, name) != record.outputs[output].digest:
            raise Broken(f"{name} is not the one that the report step wrote")


def _check_without_objects(run: Run, record: Record) -> None:
    """All that can be said of report and summary from the folder and the records alone."""
    _check_digests(run, record)
    found = json.loads((run.folder / "report.json").read_bytes())
    if found["claims"] != record.step.parameters["claims"]:
        raise Broken("report.json shows other claims than its record")
    told = summary(found)
    if not _agree("run.json", told, {k: run.about[k] for k in told if k in run.about}, record):
        raise Broken("run.json tells other figures than report.json")


def _check_report(case: Case, run: Run, record: Record, found: dict[str, Any]) -> str:
    """What there is to say of the page."""
    _check_digests(run, record)
    stored = case.store.get_json(record.outputs["json"])
    exact = sha256(json_bytes(found)) == record.outputs["json"].digest
    if not (exact or (elsewhere(record) and _agree("report.json", found, stored, record))):
        raise Broken("report.json does not follow from the records")
    return _page(case, record) if case.replay else ""


def _page(case: Case, record: Record) -> str:
    if not same_evenkeel(record):
        return f"; report.html was not drawn again: evenkeel {drawn_by(record)} drew it, here {__version__}"
    if not (unlike := too_far(record, case.replays.of(record))):
        return ""
    if there := elsewhere(record):
        return f"; report.html was drawn in another environment ({there}), and comes out otherwise here"
    raise Broken(f"report.html does not follow from the records ({'; '.join(map(str, unlike))})")


def _agree(what: str, made: Any, stored: Any, record: Record) -> bool:
    """Whether a record's environment excuses what differs; another version may have other keys."""
    return not too_far(record, [compare_values(what, made, stored, common=not same_evenkeel(record))])


def _as_planned(planned: Any, record: Record) -> bool:
    """The report step shows the config whole, in which a later version has keys more."""
    said = _plain(record.step.parameters)
    if record.step.stage != "report" or same_evenkeel(record):
        return bool(planned == said)
    return compare_values("parameters", planned, said, common=True).likeness == "exact"


def _tuned(case: Case, config: RunConfig, record: Record) -> dict[str, Any] | None:
    """The facts of the search of a strategy, which a config with trials asks for, and no other."""
    searches = {found.step.subject: found for found in case.of("tune")}
    if bool(searches) != bool(config.tuning.trials) and case.of("resample"):
        raise Broken(
            f"config.json asks for {config.tuning.trials} trials, {len(searches)} searches are there"
        )
    if record.step.subject not in searches:
        return None
    return searches[record.step.subject].facts


def _planned(
    case: Case, config: RunConfig, facts: dict[str, Any], record: Record, tuned: dict[str, Any] | None
) -> dict[str, Any]:
    mine = _strategy(config, record.step.subject)
    said = record.step.parameters
    # earlier runs told nothing of single classes; whoever leaves it out shows less, and nothing false
    per_class = said.get("per_class", False) is True
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "ingest": lambda: plan.ingest_parameters(config, said["fingerprint"]),
        "validate": lambda: plan.validate_parameters(config),
        "split": lambda: plan.split_parameters(config, said.get("earlier")),
        "preprocess": lambda: plan.preprocess_parameters(config, facts),
        "tune": lambda: plan.tune_parameters(config, facts, mine),
        "resample": lambda: plan.resample_parameters(config, facts, mine, tuned),
        "train": lambda: plan.train_parameters(config, facts, mine, tuned),
        "decide": lambda: plan.decide_parameters(config, facts, mine, _facts_of(case, "resample", record)),
        "evaluate": lambda: plan.evaluate_parameters(config, facts, mine),
        "compare": lambda: plan.compare_parameters(config, facts, per_class=per_class),
        "explain": lambda: plan.explain_parameters(config, facts, mine, per_class=per_class),
        "diagnose": lambda: plan.diagnose_parameters(
            config, facts, {str(r.step.subject): r.facts for r in case.of("resample")}
        ),
        "xray": lambda: plan.xray_parameters(config, facts, plan.xray_strategy(config, record.step.subject)),
        "report": lambda: plan.report_parameters(config, said["claims"]),
    }
    return made[record.step.stage]()


def _facts_of(case: Case, stage: str, record: Record) -> dict[str, Any]:
    """What the record of another stage says of the same strategy."""
    return next((r.facts for r in case.of(stage) if r.step.subject == record.step.subject), {})


def _feeds(case: Case, record: Record) -> dict[str, Ref] | None:
    """The inputs that a step must have: the products of the stages before it, of the same strategy."""

    def product(stage: str, name: str, strategy: str | None = record.step.subject) -> Ref:
        subject = strategy if stage in PER_STRATEGY else None
        return next(r for r in case.of(stage) if r.step.subject == subject).outputs[name]

    if record.step.stage == "compare":
        judged = [str(r.step.subject) for r in case.of("evaluate")]
        return compare_inputs(
            {name: product("evaluate", "predictions", name) for name in judged},
            {name: product("decide", "decision", name) for name in judged},
        )

    if record.step.stage == "explain":
        return explain_inputs(
            {str(r.step.subject): r.outputs["decision"] for r in case.of("decide")},
            train=product("split", "train"),
            test=product("split", "test"),
            preprocessor=product("preprocess", "preprocessor"),
            model=product("train", "model"),
            predictions=product("evaluate", "predictions"),
        )
    if record.step.stage == "diagnose":
        return diagnose_inputs(
            {
                name: {what: product(stage, what, name) for what, stage in READS.items()}
                for name in record.step.parameters["strategies"]
            },
            train=product("split", "train"),
            test=product("split", "test"),
            preprocessor=product("preprocess", "preprocessor"),
        )
    trials = {"trials": ("tune", "trials")} if case.of("tune") else {}
    wanted: dict[str, dict[str, tuple[str, str]]] = {
        "ingest": {},
        "validate": {"table": ("ingest", "table")},
        "split": {"table": ("ingest", "table")},
        "preprocess": {"train": ("split", "train")},
        "tune": {"train": ("split", "train")},
        "resample": {"train": ("split", "train"), **trials},
        "train": {
            "train": ("split", "train"),
            "resampled": ("resample", "resampled"),
            "preprocessor": ("preprocess", "preprocessor"),
            **trials,
        },
        "decide": {"out_of_fold": ("train", "out_of_fold")},
        "evaluate": {
            "test": ("split", "test"),
            "preprocessor": ("preprocess", "preprocessor"),
            "model": ("train", "model"),
            "decision": ("decide", "decision"),
        },
        "xray": {"train": ("split", "train")},
    }
    if record.step.stage not in wanted:
        return None
    if record.step.stage == "decide" and plan.costs_by_row(_config(case.sealed())):
        wanted["decide"]["train"] = ("split", "train")
    return {name: product(*source) for name, source in wanted[record.step.stage].items()} | _earlier(
        case, record
    )


def _earlier(case: Case, record: Record) -> dict[str, Ref]:
    """The two tables of the split that a split continues: those that its run recorded, if it is at hand."""
    if record.step.stage != "split" or not record.step.parameters.get("earlier"):
        return {}
    given = {name: ref for name, ref in record.step.inputs.items() if name in EARLIER_INPUTS}
    return dict(recorded_inputs(case, record) or given)


def _strategy(config: RunConfig, name: str | None) -> Strategy:
    return next((strategy for strategy in config.strategies if strategy.name == name), config.strategies[0])


def _config(run: Run) -> RunConfig:
    return RunConfig.model_validate_json((run.folder / "config.json").read_bytes())


def _digest(run: Run, name: str) -> str:
    path = run.folder / name
    if not path.is_file():
        raise Broken(f"missing: {name}")
    return sha256(path.read_bytes())


def _plain(value: Any) -> Any:
    """A value as it comes back from JSON: tuples as lists, keys as text."""
    return json.loads(json_bytes(value))
