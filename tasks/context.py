"""The start of a run: the config is read once, here, and every task gets the same."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.config import load
from evenkeel.plan import strategy_named
from tasks.stage import Context


def begin(config: str, store: str, overrides: Sequence[str] | None) -> Context:
    """The context of a run from the flow's parameters; `ConfigError` says what is wrong with them."""
    return Context(config=load(config, overrides or ()), root=store)


def only(context: Context, name: str) -> Context:
    """The same run with one strategy: one of the config's, or whatever a config could name by one word."""
    chosen = strategy_named(context.config, name)
    return context.model_copy(update={"config": context.config.model_copy(update={"strategies": (chosen,)})})
