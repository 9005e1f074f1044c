"""The start of a run: the config is read once, here, and every task gets the same."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from evenkeel.config import Strategy, load
from evenkeel.errors import ConfigError, suggest
from evenkeel.models import MODELS, short_name
from evenkeel.resampling import SAMPLERS
from tasks.stage import Context


def begin(config: str, store: str, overrides: Sequence[str] | None) -> Context:
    """The context of a run from the flow's parameters; `ConfigError` says what is wrong with them."""
    return Context(config=load(config, overrides or ()), root=store)


def only(context: Context, name: str) -> Context:
    """The same run with one strategy: one of the config's, or whatever a config could name by one word."""
    listed = {strategy.name: strategy for strategy in context.config.strategies}
    try:
        chosen = listed.get(name) or Strategy.model_validate(name)
    except ValidationError:
        balancing = (short_name(kind) for kind, entry in MODELS.items() if entry.balances)
        known = {*listed, *(entry.short for entry in SAMPLERS.values()), *balancing}
        raise ConfigError(
            f"Expected the name of a strategy of the config, or of a sampler, got {name!r}. "
            f"{suggest(name, known)}"
        ) from None
    return context.model_copy(update={"config": context.config.model_copy(update={"strategies": (chosen,)})})
