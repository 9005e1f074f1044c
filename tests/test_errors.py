"""Errors: the exit status of each family, and hints for mistyped words."""

import pytest

from evenkeel import errors
from evenkeel.errors import ConfigError, EvenkeelError, suggest

FAMILIES = [cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, EvenkeelError)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda cls: cls.__name__)
def test_every_family_has_an_exit_status_of_the_command_line(family):
    expected = {"ValidationStopped": 3, "SealBroken": 4}
    assert family.exit_status == expected.get(family.__name__, 2)


def test_a_config_error_is_a_value_error_so_that_pydantic_adds_the_place():
    assert issubclass(ConfigError, ValueError)


def test_a_mistyped_word_gets_the_nearest_known_one():
    assert suggest("smoet", ["smote", "adasyn"]) == "Did you mean 'smote'? Available: adasyn, smote."


def test_case_is_no_mistake():
    assert suggest("SMOTE", ["Smote"]) == "Did you mean 'Smote'? Available: Smote."


def test_a_word_like_none_of_the_known_gets_no_guess():
    assert suggest("zzz", ["smote", "adasyn"]) == "Available: adasyn, smote."


def test_other_spellings_are_recognized_but_not_listed():
    assert (
        suggest("TomekLink", ["tomek"], also=["TomekLinks"]) == "Did you mean 'TomekLinks'? Available: tomek."
    )


def test_the_order_of_the_known_words_does_not_matter():
    words = ["recall", "precision", "f1"]
    assert (
        suggest("precison", words) == suggest("precison", reversed(words)) == suggest("precison", set(words))
    )


def test_anything_can_be_mistyped_and_nothing_may_be_available():
    assert suggest(3, []) == "Available: nothing."
    assert suggest(None, iter(["a"])) == "Available: a."
