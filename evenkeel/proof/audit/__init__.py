"""The leak audit: what two tables themselves say about whether the test set was held out.

For anybody's tables, made by whatever program. `pair` makes one pool of their rows, and each check looks at
it with one idea: `duplicates`, `near`, `between` (with `lines`), `groups`, `times`, `giveaways`, `ids`,
`conflicts`, `scaling`, `filling`, `encoding`, `impossible`, `unseen`, `prevalence`. `twins` says what a
random split would do with rows that belong together, and is why a table that repeats itself by nature is
not accused; `searches` finds near rows. A check says what it found (`finding`) or why it could not look;
`checks` has the table of all.

A finding speaks against the split; that there is none does not prove it right. A run's certificate does
(`evenkeel.proof`).
"""

from evenkeel.proof.audit.checks import AUDITS, Audit, Checked, audit, examine, in_order
from evenkeel.proof.audit.files import read_table
from evenkeel.proof.audit.finding import Finding, Rows, Severity

__all__ = [
    "AUDITS",
    "Audit",
    "Checked",
    "Finding",
    "Rows",
    "Severity",
    "audit",
    "examine",
    "in_order",
    "read_table",
]
