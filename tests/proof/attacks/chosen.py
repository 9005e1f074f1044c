"""Attacks on what is chosen and shown: thresholds, strategies, seeds, the config, report and certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.metrics import fbeta_score

from evenkeel.tables import encode_labels
from tests.proof.attacks.attack import Attack, recipe_of

if TYPE_CHECKING:
    from tests.proof.conftest import Forger


def threshold_on_test(forger: Forger) -> None:
    """The threshold with the best F2 for test, and the figures that it gives."""
    step, recipe = forger.record("decide none").step, recipe_of(forger)
    table = forger.store.get_table(forger.record("evaluate none").outputs["predictions"])
    truth = encode_labels(table["__class__"], recipe.classes).codes
    decided = forger.store.get_json(forger.record("decide none").outputs["decision"])["threshold"]
    offered = [p for p in table["p(1)"].unique() if p != decided]
    best = float(max(offered, key=lambda p: fbeta_score(truth, table["p(1)"] >= p, beta=2)))
    forger.swap_json("decide none", "decision", lambda made: made | {"threshold": best})
    forger.replace("decide none", facts={"threshold": best})
    assert step.inputs
    forger.judge("none")


def _tell(forger: Forger, change: Any) -> None:
    """Another report, as JSON, page and summary, on which record, folder and certificate agree."""
    outputs = forger.record("report").outputs
    forger.swap_json("report", "json", change)
    found = forger.store.get_json(forger.record("report").outputs["json"])
    forger.swap(outputs["html"], forger.store.put(forger.draw(found).encode(), "html"))
    for name in ("json", "html"):
        ref = forger.record("report").outputs[name]
        (forger.run.folder / f"report.{name}").write_bytes(forger.store.get(ref))


def strategy_on_test(forger: Forger) -> None:
    """The other strategy, for its figures on test."""

    def other(found: dict[str, Any]) -> dict[str, Any]:
        now = found["recommended"]["strategy"]
        name = next(n for n in found["strategies"] if n != now)
        return found | {"recommended": found["recommended"] | {"strategy": name}}

    _tell(forger, other)
    chosen = forger.read("report.json")["recommended"]["strategy"]
    forger.edit("run.json", lambda about: about | {"recommended": chosen})


def other_figure(forger: Forger) -> None:
    _tell(
        forger,
        lambda found: found | {"recommended": found["recommended"] | {"sentence": "It finds them all."}},
    )


def other_page(forger: Forger) -> None:
    page = forger.store.put(b"<p>perfect</p>", "html")
    forger.swap(forger.record("report").outputs["html"], page)
    (forger.run.folder / "report.html").write_bytes(forger.store.get(page))


def tuned_on_test(forger: Forger) -> None:
    """The records say which parameters were used; the config does not."""
    step = forger.record("train none").step
    model = step.parameters["model"] | {"params": {"C": 0.01}}
    forger.restep("train none", parameters=step.parameters | {"model": model})


def config_and_records(forger: Forger) -> None:
    """Parameters that did better on test, in config and records alike, as if they had been asked for."""
    forger.edit("config.json", lambda c: c | {"model": c["model"] | {"params": {"C": 0.01}}})
    for name in ("none", "smote"):
        step = forger.record(f"train {name}").step
        model = step.parameters["model"] | {"params": {"C": 0.01}}
        forger.restep(f"train {name}", parameters=step.parameters | {"model": model})
    step = forger.record("report").step
    shown = step.parameters["config"]
    shown = shown | {"model": shown["model"] | {"params": {"C": 0.01}}}
    forger.restep("report", parameters=step.parameters | {"config": shown})


def config_alone(forger: Forger) -> None:
    forger.edit("config.json", lambda c: c | {"split": c["split"] | {"seed": 7}})


def better_figure(forger: Forger) -> None:
    forger.swap_json(
        "evaluate none", "figures", lambda made: made | {"test": made["test"] | {"roc_auc": 1.0}}
    )


def claims_improved(forger: Forger) -> None:
    claims = forger.record("report").step.parameters["claims"]
    forger.certificate.update(claims=[claim | {"outcome": "passed"} for claim in claims])


def claims_improved_everywhere(forger: Forger) -> None:
    """EK016 and the replays as passed, in record, report, page and certificate."""
    step = forger.record("report").step
    claims = [claim | {"outcome": "passed"} for claim in step.parameters["claims"]]
    forger.restep("report", parameters=step.parameters | {"claims": claims})


def another_name(forger: Forger) -> None:
    forger.edit("run.json", lambda about: about | {"name": "another"})


CHOSEN = (
    Attack("threshold chosen on test", "figures follow", "EK009", threshold_on_test, replay=True),
    Attack(
        "strategy chosen on test", "report, page and run.json say so", "EK012", strategy_on_test, tell=False
    ),
    Attack("a prettier sentence", "in report and page", "EK012", other_figure, tell=False),
    Attack("the page edited", "record and certificate name it", "EK012", other_page, replay=True, tell=False),
    Attack("a better figure", "report and page follow", "EK010", better_figure, replay=True),
    Attack("parameters tuned on test", "the records say so", "EK011", tuned_on_test),
    Attack("config and records edited alike", "products stay", "EK014", config_and_records, replay=True),
    Attack("config edited after the run", "the seed of the split", "EK011", config_alone, tell=False),
    Attack("claims of the certificate improved", "all passed", "EK012", claims_improved),
    Attack("claims improved everywhere", "report and page too", "EK012", claims_improved_everywhere),
    Attack("run.json under another name", "looks and champions of that name", "EK012", another_name),
)
