"""Diagnostics: what is likely to be wrong with a finished comparison, numbered, with evidence and advice.

`diagnostics` has the table of all, `DIAGNOSTICS`. Those of the data are in `rows`, `columns` and `shift`,
those of fits and decisions in `fitted` (with `ranking`) and `decided`, those of resampling in `resampled`:
functions of numbers and frames that yield what they `found`. `seen` is all that they may look at.

They look at test rows, after everything is fitted, decided and judged; nothing but the report reads them.
This subpackage is a leaf: it knows no store and no config.
"""

from evenkeel.diagnosing.diagnostics import DIAGNOSTICS, Diagnostic, diagnose, told
from evenkeel.diagnosing.found import SEVERITIES, Found, NotLooked
from evenkeel.diagnosing.seen import Judged, Seen

__all__ = [
    "DIAGNOSTICS",
    "SEVERITIES",
    "Diagnostic",
    "Found",
    "Judged",
    "NotLooked",
    "Seen",
    "diagnose",
    "told",
]
