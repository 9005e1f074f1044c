"""The config that does what one strategy of a run does: nothing is left to compare, search or choose."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenkeel.config.model import RunConfig
from evenkeel.config.strategies import Strategy

# what `decided` says by itself where nobody does
SAID_ANYWAY = {"calibrate": "auto", "explain": True, "intervals": "rows", "silence": []}


def settled(
    config: RunConfig, strategy: Strategy, threshold: float | None, tuned: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A config of this strategy alone, as a mapping that YAML can hold; defaults are left out.

    `threshold` is its operating point; None where there is none to set, as with several classes. `tuned` are
    the facts of its search: what that found is written down, and nothing is searched again. Without the place
    of the source, which is another on every machine.
    """
    said = config.model_dump(mode="json", exclude_defaults=True)
    said = {key: value for key, value in said.items() if SAID_ANYWAY.get(key, said) != value}
    said["source"].pop("path", None)
    said.pop("tuning", None)
    if config.tuning.metric != type(config.tuning)().metric:
        said["tuning"] = {"metric": config.tuning.metric}
    mine = strategy.model_dump(mode="json", exclude_defaults=True)
    if tuned:
        model = {"kind": config.model_of(strategy).kind, "params": dict(tuned["model"])}
        # in its own place: a model of its own would make a strategy of what does nothing to rows
        (said if strategy.model is None else mine)["model"] = model
        if tuned["chain"]:
            mine["resample"] = [{"sampler": name, "params": dict(params)} for name, params in tuned["chain"]]
    said |= {"strategies": [mine], "baselines": False}
    if threshold is not None:
        said["operating_point"] = {"threshold": threshold}
    return said
