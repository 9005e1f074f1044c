"""What a config asks of each stage: the parameters of every step, as they stand in the records.

Tasks ask here before they work, and `proof` asks here again, from the config that lies in a run's folder:
so a record whose parameters do not follow from that config is found out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from evenkeel import tuning, xray
from evenkeel.config import RandomSplit, RunConfig, Strategy
from evenkeel.errors import ConfigError, suggest
from evenkeel.evaluation.calibration import prior_factors
from evenkeel.models import MODELS, short_name
from evenkeel.recipe import Recipe, Treatment
from evenkeel.resampling import SAMPLERS
from evenkeel.training import ModelSpec, class_weights

Facts = Mapping[str, Any]
# what a diagnosis asks of a resampled set
MADE = ("synthetic", "measured", "majority_territory")


def ingest_parameters(config: RunConfig, fingerprint: str | None) -> dict[str, Any]:
    """The source without its place, the digest of its bytes, the key columns; a seed if it makes rows."""
    return {
        "source": config.source.model_dump(mode="json", exclude={"path"}),
        "fingerprint": fingerprint,
        "id": list(config.id),
        "seed": config.seed if fingerprint is None else None,
    }


def validate_parameters(config: RunConfig) -> dict[str, Any]:
    """The rules of the built-in checks, the suite, and the columns that are dropped."""
    return {
        "rules": {
            "target": config.target.column,
            "positive": config.target.positive,
            "keys": list(config.id),
            "test_size": config.split.test_size if isinstance(config.split, RandomSplit) else None,
            "folds": config.folds,
            **_ties(config),
        },
        "suite": config.model_dump(mode="json")["validation"],
        "ignored": sorted({*config.drop} - {*config.id, *config.groups, config.time, config.target.column}),
    }


def split_parameters(config: RunConfig, earlier: str | None = None) -> dict[str, Any]:
    """All that the split depends on beside the rows; `earlier` is the run that it was found to continue."""
    continues = isinstance(config.split, RandomSplit) and config.split.continues is not None
    return {
        "split": config.split.model_dump(mode="json"),
        "target": config.target.column,
        "positive": config.target.positive,
        "not_features": sorted(config.not_features),
        "categorical": list(config.categorical),
        **_ties(config),
        **({"earlier": earlier} if continues else {}),
    }


def _ties(config: RunConfig) -> dict[str, Any]:
    """What ties rows to one another, where the config says so."""
    said = {"groups": list(config.groups), "time": config.time}
    return {key: value for key, value in said.items() if value}


def recipe(config: RunConfig, split_facts: Facts) -> Recipe:
    """What all units of the run have in common; the split's record knows the columns and the classes.

    Folds need not look for equal rows where the split has found none.
    """
    equal = config.split.duplicates == "together" and split_facts.get("duplicates", {}).get("rows")
    return Recipe(
        target=config.target.column,
        classes=split_facts["classes"],
        numeric=split_facts["numeric"],
        dates=split_facts["dates"],
        categorical=split_facts["categorical"],
        preprocess=config.preprocess,
        resample_space=config.resample_space,
        strict=config.strict,
        seed=config.seed,
        groups=config.groups,
        duplicates="together" if equal else "apart",
    )


def treatment(config: RunConfig, strategy: Strategy, tuned: Facts | None = None) -> Treatment:
    """What a strategy does to rows; its own limit on them counts more than the config's.

    Where none of its samplers looks for neighbours, it does not matter how the others do. `tuned` are the
    facts of its search, if there was one: the parameters are those that it found.
    """
    chain = tuple((link.sampler, dict(link.params)) for link in strategy.resample)
    if tuned:
        chain = tuple((name, dict(params)) for name, params in tuned["chain"])
    return Treatment(
        chain=chain,
        max_rows=strategy.max_rows or config.max_rows if chain else None,
        neighbors=config.neighbors if any(SAMPLERS[name].searches for name, _ in chain) else "exact",
    )


def model_spec(config: RunConfig, strategy: Strategy, tuned: Facts | None = None) -> ModelSpec:
    """The classifier of a strategy: its own or the config's, with the strategy's weights.

    `tuned` are the facts of its search, if there was one.
    """
    model = config.model_of(strategy)
    return ModelSpec(
        kind=model.kind,
        params=tuned["model"] if tuned else model.params,
        class_weight=strategy.class_weight,
        scale_pos_weight=strategy.scale_pos_weight,
    )


def strategy_named(config: RunConfig, name: str) -> Strategy:
    """One of the config's strategies, or whatever a config could name by one word."""
    listed = {strategy.name: strategy for strategy in config.strategies}
    try:
        return listed.get(name) or Strategy.model_validate(name)
    except ValidationError:
        balancing = (short_name(kind) for kind, entry in MODELS.items() if entry.balances)
        known = {*listed, *(entry.short for entry in SAMPLERS.values()), *balancing}
        raise ConfigError(
            f"Expected the name of a strategy of the config, or of a sampler, got {name!r}. "
            f"{suggest(name, known)}"
        ) from None


def preprocess_parameters(config: RunConfig, split_facts: Facts) -> dict[str, Any]:
    """The recipe alone."""
    return {"recipe": recipe(config, split_facts).model_dump(mode="json")}


def tune_parameters(config: RunConfig, split_facts: Facts, strategy: Strategy) -> dict[str, Any]:
    """The question of a search: as for training, with other folds, the ranges, the budget and the metric."""
    shared, decided = recipe(config, split_facts), operating_rule(config, split_facts)
    spec, treated = model_spec(config, strategy), treatment(config, strategy)
    sizes = sorted(split_facts["train"].values())
    known = {name: entry.space for table in (MODELS, SAMPLERS) for name, entry in table.items()}
    question = tuning.Question(
        recipe=shared.model_copy(update={"seed": tuning.search_seed(config.seed)}),
        treatment=treated,
        model=spec,
        folds=config.folds,
        trials=config.tuning.trials,
        metric=config.tuning.metric,
        rule=decided["rule"],
        alert_share=decided["alert_share"],
        present=sizes[0] / sizes[-1],
        space=tuning.space_of(spec, treated, config.tuning.space or {}, known, binary=len(sizes) == 2),
        timeout=config.tuning.timeout,
    )
    return question.model_dump(mode="json")


def resample_parameters(
    config: RunConfig, split_facts: Facts, strategy: Strategy, tuned: Facts | None = None
) -> dict[str, Any]:
    """The recipe, and what the strategy does to rows; `tuned` are the facts of its search, if any."""
    treated = treatment(config, strategy, tuned).model_dump(mode="json")
    return {**preprocess_parameters(config, split_facts), "treatment": treated}


def train_parameters(
    config: RunConfig, split_facts: Facts, strategy: Strategy, tuned: Facts | None = None
) -> dict[str, Any]:
    """As for resampling, with the classifier, the number of folds, and of repeats if there are several."""
    return {
        **resample_parameters(config, split_facts, strategy, tuned),
        "model": model_spec(config, strategy, tuned).model_dump(mode="json"),
        "folds": config.folds,
        **_repeats(config),
    }


def _repeats(config: RunConfig) -> dict[str, int]:
    """How often train is dealt into folds, where it is more than once."""
    return {"repeats": config.repeats} if config.repeats > 1 else {}


def operating_rule(config: RunConfig, split_facts: Facts) -> dict[str, Any]:
    """The rule; `alerts` becomes a share of rows, because the test set and train differ in size."""
    if config.target.positive is None:
        return {"classes": list(split_facts["classes"]), "rule": None, "alert_share": None}
    rule = config.operating_point.model_dump(exclude_none=True)
    share = rule["alerts"] / sum(split_facts["test"].values()) if "alerts" in rule else None
    return {"classes": list(split_facts["classes"]), "rule": rule, "alert_share": share}


def costs_by_row(config: RunConfig) -> bool:
    """Whether the rule takes costs from a column of the table."""
    return config.operating_point.cost is not None and bool(config.operating_point.cost.columns)


def decide_parameters(
    config: RunConfig, split_facts: Facts, strategy: Strategy, resampled_facts: Facts
) -> dict[str, Any]:
    """The rule, the calibration, what intervals know, and a seed; before version 0.3 the rule alone."""
    said, seed = operating_rule(config, split_facts), {"seed": config.seed}
    if config.calibrate is not None:
        said |= {"calibration": calibration(config, split_facts, strategy, resampled_facts)} | seed
    if config.intervals is not None:
        said |= {"intervals": config.intervals} | seed
    return said | _repeats(config)


def calibration(
    config: RunConfig, split_facts: Facts, strategy: Strategy, resampled_facts: Facts
) -> dict[str, Any] | None:
    """What takes back what a strategy does to probabilities, see `evaluation.calibration.fit`."""
    method = config.calibration_of(strategy)
    if method != "prior":
        return method and {"method": method}
    classes = list(split_facts["classes"])
    before, after = (
        [counts[name] for name in classes] for counts in (split_facts["train"], resampled_facts["counts"])
    )
    spec = model_spec(config, strategy)
    weights = class_weights(after, spec, classes)
    learned = [size * weight for size, weight in zip(after, weights, strict=True)]
    if not all(learned):
        # of a class that weighs nothing the model knows nothing that could be taken back
        return {"method": "held-out"}
    return {"method": "prior", "factors": prior_factors(before, learned)}


def evaluate_parameters(config: RunConfig, split_facts: Facts, strategy: Strategy) -> dict[str, Any]:
    """The recipe, and the kind of model to load."""
    return {**preprocess_parameters(config, split_facts), "model": config.model_of(strategy).kind}


def choice(config: RunConfig) -> dict[str, Any]:
    """By what one of the strategies, in their order, is recommended; see `recommend.chosen_by`."""
    return {
        "strategies": [strategy.name for strategy in config.strategies],
        "effort": {strategy.name: strategy.effort for strategy in config.strategies},
        "metric": config.tuning.metric,
    }


def compare_parameters(config: RunConfig, split_facts: Facts, *, per_class: bool = True) -> dict[str, Any]:
    """The strategies in their order, how much they do, how one is chosen, the classes, a seed."""
    return {
        **choice(config),
        "classes": list(split_facts["classes"]),
        "seed": config.seed,
        **_per_class(config, per_class),
    }


def explain_parameters(
    config: RunConfig, split_facts: Facts, strategy: Strategy, *, per_class: bool = True
) -> dict[str, Any]:
    """The recipe, the kind of the explained model, and by what it was chosen among which strategies."""
    return {
        **evaluate_parameters(config, split_facts, strategy),
        **choice(config),
        **_per_class(config, per_class),
    }


def diagnose_parameters(
    config: RunConfig, split_facts: Facts, resampled_facts: Mapping[str, Facts]
) -> dict[str, Any]:
    """The recipe, how one is chosen, and of every strategy the kind of its model and what resampling made."""
    return {
        **preprocess_parameters(config, split_facts),
        **choice(config),
        "models": {strategy.name: config.model_of(strategy).kind for strategy in config.strategies},
        "made": {
            strategy.name: {key: resampled_facts[strategy.name]["made"][key] for key in MADE}
            for strategy in config.strategies
        },
    }


def _per_class(config: RunConfig, asked: bool) -> dict[str, Any]:
    """That each class is told of by itself, where none is positive; the first runs of 0.3 did not ask."""
    return {"per_class": True} if asked and config.target.positive is None else {}


def xray_strategy(config: RunConfig, name: str | None) -> Strategy:
    """The strategy to X-ray: the named one, else the config's first that resamples, else SMOTE."""
    resampling = [strategy for strategy in config.strategies if strategy.resample]
    if name is None:
        return resampling[0] if resampling else Strategy.model_validate("smote")
    if (chosen := strategy_named(config, name)).resample:
        return chosen
    known = ", ".join(strategy.name for strategy in resampling) or "none in the config"
    raise ConfigError(
        f"Expected a strategy that resamples, got {name!r}: nothing could be resampled before the split. "
        f"Available: {known}; or any sampler. Next: evenkeel samplers"
    )


def xray_parameters(config: RunConfig, split_facts: Facts, strategy: Strategy) -> dict[str, Any]:
    """As for training and for operating points, with the models and the seeds that a leak picks from."""
    spec, decided = model_spec(config, strategy), operating_rule(config, split_facts)
    question = xray.Question(
        recipe=recipe(config, split_facts),
        treatment=treatment(config, strategy),
        model=spec,
        grid=tuple(xray.grid(spec.kind, spec.params)),
        folds=config.folds,
        seeds=tuple((config.seed + i) % 2**32 for i in range(xray.SEEDS)),
        metric=config.tuning.metric,
        rule=decided["rule"],
        alert_share=decided["alert_share"],
    )
    return question.model_dump(mode="json")


def report_parameters(config: RunConfig, claims: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The config without the place of its source, and the claims that were checked before the report."""
    shown = config.model_dump(mode="json", exclude={"source": {"path"}})
    return {"config": shown, "claims": list(claims)}
