"""A config as the YAML that a person saves: the keys in the order in which one reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# those of a run first, in the order of `RunConfig`; then what names anything inside of it
ORDER = (
    *("name", "source", "target", "id", "drop", "categorical", "groups", "time", "validation", "split"),
    *("preprocess", "model", "strategies", "baselines", "resample_space", "neighbors", "strict", "max_rows"),
    *(
        "folds",
        "repeats",
        "tuning",
        "operating_point",
        "calibrate",
        "intervals",
        "explain",
        "silence",
        "seed",
    ),
    *("kind", "path", "column", "positive", "resample", "sampler", "params"),
)


def as_yaml(config: Mapping[str, Any]) -> str:
    """The text of a config; the same mapping gives the same text, in whatever order it comes.

    What JSON can hold, YAML can: nothing is raised.
    """
    import yaml

    return str(yaml.safe_dump(_ordered(config), sort_keys=False, allow_unicode=True, width=88))


def with_path(config: Mapping[str, Any], path: Any) -> dict[str, Any]:
    """A config with the place of its source; without one for rows that are read from no file."""
    source = dict(config.get("source") or {})
    return {**config, "source": source | ({} if path is None else {"path": str(path)})}


def of_run(report: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """The text of the config that a run's verdict recommends, with the place of the rows of the run's own.

    `report` and `config` are those of the run. Empty for runs before version 0.3, which recommend none.
    """
    said = (report.get("recommended") or {}).get("config")
    return "" if said is None else as_yaml(with_path(said, config["source"].get("path")))


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (ORDER.index(key) if key in ORDER else len(ORDER), str(key)))
        return {key: _ordered(value[key]) for key in keys}
    return [_ordered(item) for item in value] if isinstance(value, list | tuple) else value
