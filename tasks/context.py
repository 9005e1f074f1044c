"""The start of a run: the config is read once, here, and every task gets the same."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.config import load
from tasks.stage import Context


def begin(config: str, store: str, overrides: Sequence[str] | None) -> Context:
    """The context of a run from the flow's parameters; `ConfigError` says what is wrong with them."""
    return Context(config=load(config, overrides or ()), root=store)
