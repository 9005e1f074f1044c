"""What a strategy does to probabilities, and so which calibration takes it back."""

from __future__ import annotations

from evenkeel.config.classifier import ModelConfig
from evenkeel.config.strategies import Link, Strategy
from evenkeel.evaluation.calibration import Method
from evenkeel.models import MODELS, POSITIVE_WEIGHT
from evenkeel.resampling.samplers import SAMPLERS


def recalibration(strategy: Strategy, model: ModelConfig) -> Method | None:
    """The method for a strategy with its model; None where the classes are learned as they are.

    Drawing rows at random and weights change the classes' shares and nothing else, which is taken back
    exactly. What else is done to rows or classes is not known that well, and is measured on held-out rows.
    """
    if MODELS[model.kind].balances or _weighs(model) or not all(map(_draws, strategy.resample)):
        return "held-out"
    return "prior" if strategy.resample or strategy.weighs else None


def _draws(link: Link) -> bool:
    # with a shrinkage, random over-sampling makes new rows around the old
    return SAMPLERS[link.sampler].at_random and not link.params.get("shrinkage")


def _weighs(model: ModelConfig) -> bool:
    """Whether the model's own parameters weigh classes: how, each model says in a way of its own."""
    return model.params.get("class_weight") is not None or model.params.get(POSITIVE_WEIGHT, 1) != 1
