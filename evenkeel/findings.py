"""What a run found: everything the report shows, gathered from the records and their artifacts.

The result is plain and JSON-able; `evenkeel.report` draws it, `summary` is its short form for programs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evenkeel import diagnosing
from evenkeel.config import RunConfig
from evenkeel.config.settled import settled
from evenkeel.evaluation import verdict
from evenkeel.evaluation.crossval import simultaneous
from evenkeel.evaluation.metrics import METRICS
from evenkeel.evaluation.power import told
from evenkeel.evaluation.recommend import ranked, recommend
from evenkeel.ledger import Record
from evenkeel.looks import count, read
from evenkeel.ranges import read_space
from evenkeel.resampling.links import lowest_recall
from evenkeel.saved import with_path
from evenkeel.store import Store

FORMAT = 1
# what a decision tells beside its threshold, since version 0.3
DECIDED = ("calibration", "uncalibrated", "interval", "neighbours")
# what the record of a split tells where its parameters ask for it
TOLD = ("duplicates", "quota", "off_quota", "groups", "time", "bundles", "continues")


def findings(store: Store, config: RunConfig, records: Sequence[Record]) -> dict[str, Any]:
    """The run's results as one nested mapping: all that the report shows, but for the claims."""
    by_stage = {record.step.stage: record for record in records}
    split, ingest = by_stage["split"], by_stage["ingest"]
    strategies = {s.name: _strategy(store, config, records, s.name) for s in config.strategies}
    compared = _comparison(store, records)
    for name, found in compared.get("intervals", {}).items():
        strategies[name]["test_intervals"] = found
    for name, found in compared.get("classes", {}).items():
        strategies[name]["classes"] = found
    recommended = _recommended(config, records, strategies, compared)
    binary = config.target.positive is not None
    return {
        "format": FORMAT,
        "name": config.name,
        "task": "binary" if binary else "multiclass",
        "data": {
            "source": ingest.facts["source"],
            "rows": ingest.outputs["table"].rows,
            "features": sum(len(split.facts[kind]) for kind in ("numeric", "dates", "categorical")),
            "target": config.target.column,
            "positive": split.facts["classes"][1] if binary else None,
            "classes": split.facts["classes"],
            "digest": ingest.step.parameters["fingerprint"] or ingest.outputs["table"].content,
        },
        "validation": store.get_json(by_stage["validate"].outputs["results"]),
        "split": {
            "method": split.facts["method"],
            "seed": config.split.model_dump().get("seed"),
            "train": split.facts["train"],
            "test": split.facts["test"],
            "train_digest": split.outputs["train"].content,
            "test_digest": split.outputs["test"].content,
            **{key: split.facts[key] for key in TOLD if key in split.facts},
        },
        "looks": _looks(store, records),
        "metrics": [
            {
                "key": key,
                "title": metric.title,
                "higher_is_better": metric.higher_is_better,
                "needs_threshold": metric.needs_threshold,
            }
            for key, metric in METRICS.items()
        ],
        "operating_point": {
            "rule": config.operating_point.rule if binary else "highest probability",
            "applies": binary,
        },
        "power": power_of(split.facts, config),
        "strategies": strategies,
        **_differences(compared, strategies, recommended["strategy"]),
        **_tuning(store, config, records),
        **_explained(store, records),
        **_diagnosed(store, config, records),
        "scatter": _axes(store, records),
        "recommended": recommended,
        "config": config.model_dump(mode="json", exclude={"source": {"path"}}),
        "environment": ingest.environment,
    }


def xrayed(store: Store, records: Sequence[Record]) -> dict[str, Any]:
    """What a report shows beside the findings: the X-ray, if the run has one.

    Its figures flatter on purpose. They are no findings: nothing here, and no decision, reads them.
    """
    shown = {}
    for record in records:
        if record.step.stage == "xray":
            found, name = store.get_json(record.outputs["xray"]), str(record.step.subject)
            shown["xray"] = {"strategy": name, "sentence": _flattery(name, found), **found}
    return shown


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the findings that `evenkeel run --json` prints: figures, no curves and no scatters.

    `config` does what the sentence says. Where neighbours were approximate, `approximate_neighbors` is the
    recall of each strategy concerned.
    """
    recalls = {name: lowest_recall(strategy["links"]) for name, strategy in in_order(found)}
    approximate = {name: recall for name, recall in recalls.items() if recall is not None}
    return {
        **({"approximate_neighbors": approximate} if approximate else {}),
        "recommended": found["recommended"]["strategy"],
        "sentence": found["recommended"]["sentence"],
        **{key: found[key] for key in ("diagnostics",) if key in found},
        **({"config": found["recommended"]["config"]} if "config" in found["recommended"] else {}),
        "strategies": {
            name: {key: strategy[key] for key in ("train_counts", "cv", "test")}
            for name, strategy in in_order(found)
        },
    }


def in_order(found: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The strategies by name in the order of the config, which canonical JSON does not keep."""
    for strategy in found["config"]["strategies"]:
        yield strategy["name"], found["strategies"][strategy["name"]]


def _strategy(store: Store, config: RunConfig, records: Sequence[Record], name: str) -> dict[str, Any]:
    mine = {record.step.stage: record for record in records if record.step.subject == name}
    decision = store.get_json(mine["decide"].outputs["decision"])
    figures = store.get_json(mine["evaluate"].outputs["figures"])
    described = next(s for s in config.strategies if s.name == name)
    scatter = store.get_json(mine["resample"].outputs["scatter"])
    names = mine["train"].step.parameters["recipe"]["classes"]
    return {
        "description": described.description,
        "effort": described.effort,
        "train_counts": mine["resample"].facts["counts"],
        "links": mine["resample"].facts["links"],
        "made": mine["resample"].facts["made"],
        "examples": store.get_json(mine["resample"].outputs["examples"]),
        "note": decision["note"],
        **({"decided": {key: decision.get(key) for key in DECIDED}} if "calibration" in decision else {}),
        "cv": _intervals(decision, mine["decide"], len(config.strategies)),
        "per_fold": decision["per_fold"],
        "test": figures["test"],
        "curves": figures["curves"],
        "scatter": {side: _points(scatter[side], names) for side in ("before", "after")},
    }


def power_of(split_facts: Mapping[str, Any], config: RunConfig) -> dict[str, Any] | None:
    """What the positives of the test set can tell; None with several classes, each of which has its own."""
    if config.target.positive is None:
        return None
    negative, positive = split_facts["classes"]
    test, train = split_facts["test"], split_facts["train"]
    return told(test[positive], train[positive], test[negative])


def _comparison(store: Store, records: Sequence[Record]) -> dict[str, Any]:
    """What the run's compare step found; empty where it has none."""
    found = [record for record in records if record.step.stage == "compare"]
    return dict(store.get_json(found[0].outputs["comparison"])) if found else {}


def _differences(
    compared: Mapping[str, Any], strategies: Mapping[str, Any], recommended: str
) -> dict[str, Any]:
    """Differences from the recommended strategy and from those that do nothing to rows, by reference."""
    if not compared:
        return {}
    idle = [name for name, strategy in strategies.items() if strategy["effort"] == 0]
    said = {key: compared[key] for key in ("applies", "why", "level", "replicates") if key in compared}
    known = compared.get("differences", {})
    against = {name: known[name] for name in dict.fromkeys([recommended, *idle]) if name in known}
    return {"differences": {**said, "against": against}}


def _explained(store: Store, records: Sequence[Record]) -> dict[str, Any]:
    """The explanation of the recommended strategy, where the run has one."""
    found = [record for record in records if record.step.stage == "explain"]
    return {"explanation": store.get_json(found[0].outputs["explanation"])} if found else {}


def _diagnosed(store: Store, config: RunConfig, records: Sequence[Record]) -> dict[str, Any]:
    """What the diagnostics found, apart from what the config silences, where the run has been diagnosed."""
    step = next((record for record in records if record.step.stage == "diagnose"), None)
    if step is None:
        return {}
    made = store.get_json(step.outputs["diagnosis"])
    findings, silenced = list[dict[str, Any]](), list[dict[str, Any]]()
    for finding in diagnosing.told(made["findings"]):
        rule = next((silence for silence in config.silence or () if silence.holds(finding)), None)
        if rule is None:
            findings.append(finding)
        else:
            silenced.append({**finding, "because": rule.because})
    looked = [{**each, "title": diagnosing.DIAGNOSTICS[each["code"]].title} for each in made["looked"]]
    return {"diagnostics": {"findings": findings, "silenced": silenced, "looked": looked}}


def _tuning(store: Store, config: RunConfig, records: Sequence[Record]) -> dict[str, Any]:
    """The searches by strategy, where the run has any: trials, best parameters, what mattered."""
    searches = [record for record in records if record.step.stage == "tune"]
    if not searches:
        return {}
    metric = METRICS[config.tuning.metric]
    found = {
        "metric": config.tuning.metric,
        "title": metric.title,
        "higher_is_better": metric.higher_is_better,
        "wanted": config.tuning.trials,
        "timeout": config.tuning.timeout,
        "folds": config.folds,
        "strategies": {str(record.step.subject): _search(store, record) for record in searches},
    }
    return {"tuning": found}


def _search(store: Store, record: Record) -> dict[str, Any]:
    told, space = store.get_json(record.outputs["trials"]), record.step.parameters["space"]
    ranges = {name: str(dimension) for name, dimension in read_space("space", space).items()}
    return {
        "number": record.facts["best"],
        **{key: record.facts[key] for key in ("value", "own", "model", "chain")},
        "importance": told["importance"],
        "best": {
            # the number of rounds has no range
            name: {"value": value, "range": ranges.get(name, "as many as early stopping finds")}
            for name, value in told["best"].items()
        },
        "trials": [
            {key: trial[key] for key in ("number", "state", "value", "note")} for trial in told["trials"]
        ],
    }


def _looks(store: Store, records: Sequence[Record]) -> dict[str, int] | None:
    """Looks at the test set by these evaluations, and how many others had been before; format 1: None."""
    split = next(record for record in records if record.step.stage == "split")
    evaluated = [record for record in records if record.step.stage == "evaluate"]
    if any("look" not in record.facts for record in evaluated):
        return None
    found = count(
        read(store, str(split.step.inputs["table"].content)),
        str(split.outputs["test"].content),
        max(record.facts["look"]["number"] for record in evaluated),
    )
    return {"test": found.test, "others": found.others}


def _intervals(decision: Mapping[str, Any], record: Record, compared: int) -> dict[str, Any]:
    """Cross-validated figures; their intervals hold for all strategies together, but in runs of format 1."""
    if record.format == 1:
        return dict(decision["cv"])
    errors, repeats = decision.get("row_errors"), decision.get("repeats", 1)
    return simultaneous(decision["per_fold"], compared, errors, repeats)


def _points(points: Sequence[Sequence[Any]], names: Sequence[str]) -> list[dict[str, Any]]:
    return [{"x": x, "y": y, "label": names[code], "synthetic": new} for x, y, code, new in points]


def _axes(store: Store, records: Sequence[Record]) -> dict[str, Any]:
    first = next(record for record in records if record.step.stage == "resample")
    return dict(store.get_json(first.outputs["scatter"])["axes"])


def _recommended(
    config: RunConfig,
    records: Sequence[Record],
    strategies: Mapping[str, Any],
    compared: Mapping[str, Any],
) -> dict[str, Any]:
    """The verdict; runs before version 0.3 compared nothing on the test set, and said less."""
    metric = config.tuning.metric
    per_fold = {name: s["per_fold"][metric] for name, s in strategies.items()}
    effort = {name: s["effort"] for name, s in strategies.items()}
    chosen = recommend(per_fold, effort, metric, together=bool(compared), repeats=config.repeats)
    mine = strategies[chosen.strategy]
    but = f" But {mine['note']}." if mine["note"] else ""
    told = {"strategy": chosen.strategy, "reason": chosen.reason}
    if not compared:
        return {**told, "sentence": verdict.plain(chosen.strategy, mine) + but}
    equal = compared.get("at_equal_alerts", {})
    known = equal or compared.get("classes")
    other = verdict.rival(strategies, chosen.strategy, ranked(per_fold, metric)) if known else None
    said = verdict.sentence(chosen.strategy, mine, other, equal) if equal else None
    if "classes" in compared:
        said = verdict.over_classes(chosen.strategy, mine, other, compared["differences"])
    return {
        **told,
        "sentence": (said or verdict.plain(chosen.strategy, mine)) + but,
        "ties": list(chosen.ties),
        "rival": other,
        "at_equal_alerts": equal,
        "config": _settled(config, records, chosen.strategy, mine),
    }


def _settled(
    config: RunConfig, records: Sequence[Record], name: str, found: Mapping[str, Any]
) -> dict[str, Any]:
    """The config that does what the verdict says; of its source's place the file's name alone is told."""
    strategy = next(s for s in config.strategies if s.name == name)
    tuned = next((r.facts for r in records if r.step.stage == "tune" and r.step.subject == name), None)
    said = settled(config, strategy, found["test"]["at_operating_point"]["threshold"], tuned)
    if not hasattr(config.source, "path"):
        return said
    read = next(record.facts["source"] for record in records if record.step.stage == "ingest")
    return with_path(said, str(read).removeprefix(f"{config.source.kind} "))


def _flattery(name: str, xray: Mapping[str, Any]) -> str:
    """What resampling before the split does to the ROC AUC, in words."""
    lines = {line["name"]: line for line in xray["lines"]}
    leak, honest = lines["resample-before-split"], lines["honest"]
    reported, fair = (line["figures"]["roc_auc"]["value"] for line in (leak, honest))
    if reported is None or fair is None:
        return f"The ROC AUC of {name} is undefined in the folds."
    more = leak["too_good"]["roc_auc"]
    told = f"{more:.3f} too good" if more > 0 else "here this leak flatters nothing"
    return (
        f"{name} before the split would have reported ROC AUC {reported:.3f}; "
        f"honestly it is {fair:.3f}: {told}."
    )
