"""Reading a suite: each entry in one of two spellings, checked before anything runs.

    - {type: expect_column_values_to_be_between, kwargs: {column: age, min_value: 0}, severity: critical}
    - {expect: column_values_to_be_between, column: age, min_value: 0, severity: warning}

The short form drops the word `expect_` and lists the arguments beside it. Severity is critical unless said.
`description` becomes the name of the check; `notes`, `meta` and `id` are for the reader of the suite.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from evenkeel.validation.results import Severity, did_you_mean, one_line, value_text

BESIDE = ("severity", "description", "notes", "meta", "id")
# Set by Great Expectations or by us, never by a suite's author.
INTERNAL = {
    *("id", "meta", "notes", "description", "severity", "result_format", "catch_exceptions"),
    *("rendered_content", "windows", "batch_id", "library_metadata"),
}

Known = Mapping[str, Any]


class SuiteError(ValueError):
    """A suite that cannot be run as written; the message names the entry and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One checked entry of a suite; `number` counts from 1, as the file's reader does."""

    number: int
    type: str
    arguments: Mapping[str, Any]
    severity: Severity
    description: str | None = None

    @property
    def columns(self) -> list[str]:
        """The columns without which this expectation has nothing to look at."""
        if self.type == "expect_column_to_exist" or self.type.startswith("expect_table_"):
            return []
        single = [self.arguments[key] for key in ("column", "column_A", "column_B") if key in self.arguments]
        return [*single, *(self.arguments.get("column_list") or [])]


def read_suite(spec: Any, known: Known) -> list[Expectation]:
    """The checked entries; `known` maps each type of expectation to its class."""
    if not isinstance(spec, Sequence) or isinstance(spec, str | bytes):
        raise SuiteError(
            f"Expected a list of expectations, got {type(spec).__name__}. Next: start each with '- '."
        )
    return [_entry(number, item, known) for number, item in enumerate(spec, start=1)]


def _entry(number: int, item: Any, known: Known) -> Expectation:
    if not isinstance(item, Mapping) or len({"type", "expect"} & set(item)) != 1:
        got = value_text(list(item)) if isinstance(item, Mapping) else value_text(item)
        raise SuiteError(f"Entry {number}: expected a mapping with either 'type' or 'expect', got {got}.")
    description = item.get("description")
    entry = Expectation(
        number=number,
        type=_type_name(number, item.get("type", item.get("expect")), known),
        arguments=_arguments(number, item),
        severity=_severity(number, item.get("severity", "critical")),
        description=None if description is None else str(description),
    )
    _check_arguments(entry, known)
    return entry


def _type_name(number: int, name: Any, known: Known) -> str:
    full = str(name) if str(name).startswith("expect_") else f"expect_{name}"
    if full in known:
        return full
    available, meant = ", ".join(sorted(known)), did_you_mean(full, known)
    raise SuiteError(
        f"Entry {number}: unknown expectation {value_text(name)}.{meant} Available: {available}."
    )


def _severity(number: int, severity: Any) -> Severity:
    for allowed in get_args(Severity):
        if severity == allowed:
            return allowed  # type: ignore[no-any-return]
    available = value_text(get_args(Severity))
    raise SuiteError(f"Entry {number}: unknown severity {value_text(severity)}. Available: {available}.")


def _arguments(number: int, item: Mapping[Any, Any]) -> dict[str, Any]:
    if "expect" in item:
        return {str(key): value for key, value in item.items() if key not in ("expect", *BESIDE)}
    beside = [key for key in item if key not in ("type", "kwargs", *BESIDE)]
    kwargs = item.get("kwargs") or {}
    if beside or not isinstance(kwargs, Mapping):
        got = f"{value_text(beside)} beside it" if beside else f"kwargs {value_text(kwargs)}"
        raise SuiteError(
            f"Entry {number}: expected the arguments beside 'type' in a mapping 'kwargs', got {got}. "
            "Next: move them there, or write 'expect' instead of 'type'."
        )
    return {str(key): value for key, value in kwargs.items()}


def _check_arguments(entry: Expectation, known: Known) -> None:
    """Raise `SuiteError` for an argument that is unknown, missing, or of the wrong kind."""
    where = f"Entry {entry.number} ({entry.type})"
    fields = {key: field for key, field in known[entry.type].__fields__.items() if key not in INTERNAL}
    available = f"Available: {', '.join(sorted(fields))}."
    unknown = [key for key in entry.arguments if key not in fields]
    if unknown:
        raise SuiteError(
            f"{where}: unknown argument {unknown[0]!r}.{did_you_mean(unknown[0], fields)} {available}"
        )
    missing = [key for key, field in fields.items() if field.required and key not in entry.arguments]
    if missing:
        raise SuiteError(f"{where}: missing argument {value_text(missing)}. {available}")
    try:
        known[entry.type](**entry.arguments)
    except (ValueError, TypeError) as exc:
        raise SuiteError(f"{where}: {_reasons(exc)}. {available}") from exc


def _reasons(exc: Exception) -> str:
    """What a pydantic error of Great Expectations says, without its type codes."""
    reasons: dict[str, str] = {}
    for error in exc.errors() if hasattr(exc, "errors") else []:
        # A union reports one reason per member; the first is about what the user meant.
        reasons.setdefault(str(error["loc"][0]), str(error["msg"]))
    texts = [msg if place == "__root__" else f"{place}: {msg}" for place, msg in reasons.items()]
    return "; ".join(texts) or one_line(str(exc), 200)
