"""Resampling: `SAMPLERS` is the table of what can be named.

A chain of samplers runs in one of two spaces. `native` keeps the table's own columns and types: neighbours
are found in a `space` of scaled numbers and encoded categories, `plans` says between which two rows and with
which weight a new row lies, `rows`, `columns` and `centroids` make it, and `lineage` remembers where every
row came from. `encoded` works on preprocessed matrices, as imbalanced-learn's own pipeline does. `links`
holds what both share, `fast` the samplers that are slow in imbalanced-learn, with the same rows. `searches`
gives what finds neighbours, exactly or by the graph in `approximate`. `story` and `scatter` show what came
out.
"""

from evenkeel.resampling.encoded import Resampled, check_neighbours, resample_encoded
from evenkeel.resampling.links import LinkResult
from evenkeel.resampling.native import Resampling, resample_native
from evenkeel.resampling.samplers import SAMPLERS, Sampler, find_sampler

__all__ = [
    "SAMPLERS",
    "LinkResult",
    "Resampled",
    "Resampling",
    "Sampler",
    "check_neighbours",
    "find_sampler",
    "resample_encoded",
    "resample_native",
]
