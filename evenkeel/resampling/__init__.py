"""Resampling: `SAMPLERS` is the table of what can be named, `chains` runs one sampler after the other."""

from evenkeel.resampling.chains import LinkResult, Resampled, check_neighbours, resample_encoded
from evenkeel.resampling.samplers import SAMPLERS, Sampler, find_sampler

__all__ = [
    "SAMPLERS",
    "LinkResult",
    "Resampled",
    "Sampler",
    "check_neighbours",
    "find_sampler",
    "resample_encoded",
]
