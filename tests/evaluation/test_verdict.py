"""The verdict is one sentence of numbers that are in it for a reason."""

import pytest

from evenkeel.evaluation.verdict import over_classes, plain, rival, sentence


def strategy(effort=0, tp=111, fn=46, fp=1466):
    at = {"threshold": 0.0312, "tp": tp, "fn": fn, "fp": fp, "tn": 7000}
    return {"effort": effort, "test": {"at_operating_point": at, "recall": 0.7, "f1": 0.2}}


def equal(value, low, high):
    apart = {"value": value, "low": low, "high": high, "all_low": low, "all_high": high}
    return {"smote": {"tp": 111 - value, "fp": 1490, "threshold": 0.2, "difference": apart}}


def test_the_sentence_of_the_issue():
    assert sentence("none", strategy(), "smote", equal(24, 11.2, 37.9)) == (
        "Use no resampling with threshold 0.0312: on the test set it finds 111 of 157 positives at 1,466 "
        "false alarms; with as many alerts smote finds 87, difference 24 [11, 38]."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (1, 9, "[1, 9]."),
        (-3, 9, "[−3, 9], which may be chance."),
        (-9, -1, "[−9, −1], against what the folds said."),
    ],
)
def test_a_difference_is_called_what_it_is(low, high, said):
    assert sentence("none", strategy(), "smote", equal(4, low, high)).endswith(said)


def test_without_a_rival_the_misses_are_told():
    alone = sentence("smote", strategy(1), None, {})
    assert alone == plain("smote", strategy(1))
    assert alone.startswith("Use smote with threshold 0.0312")
    assert "misses 46, and raises 1,466 false alarms." in alone


def test_who_finds_nothing_is_told_what_to_do():
    silent = strategy(0, tp=0, fn=157, fp=0)
    assert sentence("none", silent, "smote", equal(0, 0, 0)).endswith("maximize f2, for example.")


def test_several_classes_have_a_sentence_of_their_own():
    several = {"effort": 1, "test": {"at_operating_point": {"matrix": []}, "recall": 0.91234, "f1": 0.9}}
    assert (
        plain("smote", several) == "Use smote: on the test set its macro recall is 0.912, its macro F1 0.900."
    )


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (-0.25, -0.01, "difference 0.100 [0.010, 0.250]."),
        (-0.25, 0.0004, "difference 0.100 [0.000, 0.250], which may be chance."),
        (0.01, 0.2, "difference 0.100 [−0.200, −0.010], against what the folds said."),
    ],
)
def test_several_classes_are_held_against_a_rival_by_their_macro_f1(low, high, said):
    several = {"effort": 1, "test": {"at_operating_point": {"matrix": []}, "recall": 0.9, "f1": 0.8}}
    apart = {"f1": {"value": -0.1, "all_low": low, "all_high": high}}
    told = over_classes("smote", several, "none", {"smote": {"none": apart}})
    assert told.startswith(plain("smote", several)[:-1] + "; none has macro F1 0.700, ")
    assert told.endswith(said)
    assert over_classes("smote", several, None, {}) == plain("smote", several)


def test_the_rival_is_nothing_or_the_best_of_the_others():
    told = {"none": strategy(0), "smote": strategy(1), "adasyn": strategy(1)}
    assert rival(told, "smote", ["smote", "adasyn", "none"]) == "none"
    assert rival(told, "none", ["none", "adasyn", "smote"]) == "adasyn"
    assert rival({"none": strategy(0)}, "none", ["none"]) is None
    assert rival({"smote": strategy(1), "adasyn": strategy(1)}, "smote", ["adasyn", "smote"]) == "adasyn"
