"""The config of a run: `load` reads a YAML file into a frozen `RunConfig`, or says what is wrong with it.

`model` holds the sections, `strategies` the ways to treat imbalance, `classifier` what both name, `loading`
files, overrides and messages. Parameters of samplers and models are passed through and checked by their
owners.
"""

from evenkeel.config.classifier import ModelConfig
from evenkeel.config.loading import load, parse
from evenkeel.config.model import (
    ColumnSplit,
    OperatingPoint,
    RandomSplit,
    RunConfig,
    TargetConfig,
)
from evenkeel.config.strategies import Link, Strategy

__all__ = [
    "ColumnSplit",
    "Link",
    "ModelConfig",
    "OperatingPoint",
    "RandomSplit",
    "RunConfig",
    "Strategy",
    "TargetConfig",
    "load",
    "parse",
]
