"""Parameters of other people's estimators: passed through as they are, checked by their owner.

We keep no copy of scikit-learn's, imbalanced-learn's or XGBoost's signatures. Names are compared with
what the class itself declares (XGBoost would accept a misspelt one silently), values with the
constraints that scikit-learn style classes publish.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from sklearn.utils._param_validation import InvalidParameterError, validate_parameter_constraints

from evenkeel.errors import ConfigError, suggest


def parameter_names(cls: type) -> set[str]:
    """The parameters that the class declares, those that it hands to its base class included."""
    names: set[str] = set()
    for base in cls.__mro__:
        if "__init__" not in vars(base) or base is object:
            continue
        parameters = inspect.signature(base).parameters.values()
        names |= {p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return names


def check_parameters(
    owner: str,
    cls: type,
    params: Mapping[str, Any],
    *,
    reserved: Iterable[str] = (),
) -> None:
    """Refuse unknown names and impossible values with one message; `reserved` names are no one's to set."""
    known = parameter_names(cls) - set(reserved)
    for name in params:
        if name not in known:
            raise ConfigError(f"Expected a parameter of {owner}, got {name!r}. {suggest(name, known)}")
    constraints = getattr(cls, "_parameter_constraints", {})
    given = {name: value for name, value in params.items() if name in constraints}
    try:
        validate_parameter_constraints(constraints, given, caller_name=owner)
    except InvalidParameterError as error:
        raise ConfigError(f"{error}") from error
