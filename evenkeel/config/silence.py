"""Findings of diagnostics that somebody knows of and does not want to read again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from evenkeel.diagnosing import DIAGNOSTICS
from evenkeel.errors import suggest


class Silence(BaseModel):
    """One diagnostic, or with `subject` its finding on one column, class, fold or strategy, and why.

    What is silenced stays in the report's JSON and is counted on the page.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    subject: str | None = Field(None, description="a column, class, fold or strategy; without it: all")
    because: str | None = Field(None, description="for whoever reads the report later")

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return {"code": value} if isinstance(value, str) else value

    @field_validator("code")
    @classmethod
    def _known(cls, code: str) -> str:
        if code not in DIAGNOSTICS:
            known = "; ".join(f"{entry.code} {entry.title}" for entry in DIAGNOSTICS.values())
            hint, _, _ = suggest(code, DIAGNOSTICS).partition("Available:")
            raise ValueError(f"Expected the code of a diagnostic, got {code!r}. {hint}Available: {known}.")
        return code

    def holds(self, finding: Mapping[str, Any]) -> bool:
        """Whether a finding, {code, subject, ..}, is the one that is meant."""
        return finding["code"] == self.code and self.subject in (None, finding["subject"])


def as_silences(value: Any) -> Any:
    """A list, from one entry or several."""
    return [value] if isinstance(value, str | Mapping) else value
