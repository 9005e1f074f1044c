"""Resampling: `SAMPLERS` is the table of what can be named, `chains` runs one sampler after the other.

`scatter` draws train before and after. For resampling in the table's own columns and types three pieces are
ready and tested, but not yet joined to a chain: `plans` says from which two rows, and with which weight, a
sampler makes each new row; `space` measures distances between typed rows; `rows` makes the new rows.
"""

from evenkeel.resampling.encoded import Resampled, check_neighbours, resample_encoded
from evenkeel.resampling.links import LinkResult
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
