"""The answer of a run in one sentence that can be checked: what to use, what it finds, and against what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# what judges two classes of equal standing
BALANCED = ("balanced_accuracy", "macro recall")


def rival(strategies: Mapping[str, Mapping[str, Any]], chosen: str, order: Sequence[str]) -> str | None:
    """Whom the chosen strategy is held against: nothing, or where that is chosen the best of the others.

    `order` names all strategies, the best in the folds of train first.
    """
    idle = [name for name, told in strategies.items() if told["effort"] == 0 and name != chosen]
    others = [name for name in order if name != chosen]
    if strategies[chosen]["effort"] and idle:
        return idle[0]
    return others[0] if others else None


def sentence(
    name: str, strategy: Mapping[str, Any], other: str | None, equal: Mapping[str, Mapping[str, Any]]
) -> str:
    """What the chosen strategy does on the test set, and what its rival finds with as many alerts.

    `equal` is what `equal_alerts.at_equal_alerts` gives; the interval of the difference holds for all rivals
    together, because the chosen one is the best of them.
    """
    at = strategy["test"]["at_operating_point"]
    if at["threshold"] is None or other is None or other not in equal or not at["tp"] + at["fp"]:
        return plain(name, strategy)
    found = (
        f"{_use(name, strategy)} with threshold {at['threshold']:.3g}: on the test set it finds {at['tp']:,} "
        f"of {at['tp'] + at['fn']:,} positives at {at['fp']:,} false alarms"
    )
    held = equal[other]
    return f"{found}; with as many alerts {other} finds {held['tp']:,}, {_difference(held['difference'])}."


def over_classes(
    name: str,
    strategy: Mapping[str, Any],
    other: str | None,
    differences: Mapping[str, Mapping[str, Mapping[str, Mapping[str, float]]]],
) -> str:
    """What the chosen strategy does on the test set over all classes, and its rival by the same figure.

    `differences` are those of `several.compared`; the interval holds for all rivals together.
    """
    key, title = ("f1", "macro F1") if "matrix" in strategy["test"]["at_operating_point"] else BALANCED
    found = differences.get(name, {}).get(other or "", {}).get(key)
    if other is None or found is None:
        return plain(name, strategy)
    # of the rival from the chosen one: turned over, it is that of the chosen one from the rival
    turned = {"value": -found["value"], "all_low": -found["all_high"], "all_high": -found["all_low"]}
    here = plain(name, strategy).removesuffix(".")
    rate = strategy["test"][key] + found["value"]
    return f"{here}; {other} has {title} {rate:.3f}, {_difference(turned, digits=3)}."


def plain(name: str, strategy: Mapping[str, Any]) -> str:
    """What the chosen strategy does on the test set, held against nobody."""
    test = strategy["test"]
    at, use = test["at_operating_point"], _use(name, strategy)
    if "matrix" in at:
        return (
            f"{use}: on the test set its macro recall is {test['recall']:.3f}, its macro F1 {test['f1']:.3f}."
        )
    if at["threshold"] is None:
        # neither of the two classes is positive: recall and F1 would be those of the second
        return f"{use}: on the test set its macro recall is {test['balanced_accuracy']:.3f}."
    more = "" if at["tp"] else " Another operating_point would find some: maximize f2, for example."
    return (
        f"{use} with threshold {at['threshold']:.3g}: on the test set it finds {at['tp']:,} of "
        f"{at['tp'] + at['fn']:,} positives, misses {at['fn']:,}, and raises {at['fp']:,} false alarms.{more}"
    )


def _use(name: str, strategy: Mapping[str, Any]) -> str:
    return "Use no resampling" if strategy["effort"] == 0 else f"Use {name}"


def _difference(found: Mapping[str, float], digits: int = 0) -> str:
    value, low, high = (round(found[end], digits) for end in ("value", "all_low", "all_high"))
    told = f"difference {_signed(value, digits)} [{_signed(low, digits)}, {_signed(high, digits)}]"
    if found["all_low"] > 0:
        return told
    return (
        f"{told}, which may be chance" if found["all_high"] >= 0 else f"{told}, against what the folds said"
    )


def _signed(number: float, digits: int) -> str:
    # no minus before a zero
    return f"{number + 0.0:,.{digits}f}".replace("-", "\N{MINUS SIGN}")
