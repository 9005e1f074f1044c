"""Evenkeel from a notebook: `compare` takes a frame, and gives a `Comparison` that shows itself.

`frames` makes of what pandas can hold a table that a file can hold, `keywords` makes a config of the
arguments, and `comparing` puts both into the store and runs the same flow as the command line does. So the
figures, the report and the certificate are the same, and whoever has the store can verify the run without a
notebook. `comparison` reads the finished run's folder, `tables` and `showing` draw it, `watching` is the
progress bar of a notebook.

Beside `cli` this is the other roof of the package: nothing below imports it, and it imports the flows only
when something is to run.
"""

from evenkeel.notebook.comparing import compare
from evenkeel.notebook.comparison import Comparison

__all__ = ["Comparison", "compare"]
