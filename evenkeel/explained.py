"""The explanation of a run's recommended model from what its steps stored: for a task, and for a replay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.errors import DataError
from evenkeel.evaluation.recommend import chosen_by
from evenkeel.explaining.explain import explain
from evenkeel.recipe import Recipe
from evenkeel.store import Ref, Store
from evenkeel.training import load_preprocessor

DECISION = "decision "


def explain_inputs(decisions: Mapping[str, Ref], **more: Ref) -> dict[str, Ref]:
    """The inputs of an explain step by name: every decision, and `more`, which are of the chosen strategy."""
    return {**more, **{DECISION + name: ref for name, ref in decisions.items()}}


def explained(
    store: Store, subject: str | None, inputs: Mapping[str, Ref], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """What the stored rows, model and predictions of the recommended strategy give; see `explain`.

    Raises DataError where `subject` is not the strategy that the decisions recommend.
    """
    effort = parameters["effort"]
    decisions = {name: store.get_json(inputs[DECISION + name]) for name in parameters["strategies"]}
    chosen = chosen_by(decisions, effort, parameters["metric"])
    if subject != chosen:
        raise DataError(
            f"Expected the recommended strategy {chosen!r} to be explained, got {subject!r}. "
            f"Next: this is a defect of the pipeline, or the record was changed."
        )
    recipe = Recipe.model_validate(parameters["recipe"])
    return explain(
        store.get_table(inputs["train"]),
        store.get_table(inputs["test"]),
        store.get_table(inputs["predictions"]),
        decisions[chosen],
        load_preprocessor(store.get(inputs["preprocessor"]), recipe),
        store.get(inputs["model"]),
        parameters["model"],
        recipe,
        # runs that do not say so told of the misses of a positive class alone
        per_class=parameters.get("per_class", False),
    )
