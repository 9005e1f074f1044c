"""All attacks in one table, and the page that shows them: `python -m tests.proof.attacks.table` writes it."""

from __future__ import annotations

from pathlib import Path

from tests.proof.attacks.chosen import CHOSEN
from tests.proof.attacks.fitted import FITTED
from tests.proof.attacks.history import HISTORY
from tests.proof.attacks.rows import ROWS
from tests.proof.attacks.sides import SIDES
from tests.proof.attacks.uncaught import UNCAUGHT

ATTACKS = (*ROWS, *SIDES, *FITTED, *CHOSEN, *HISTORY)
PAGE = Path(__file__).resolve().parents[3] / "docs" / "attacks.md"
HEAD = """# Attacks, and the claims that find them

Every attack below is carried out by a test on a finished run, by somebody who holds the signing key, knows
all formats, and makes digests, records, looks, certificate and list fit what was forged.
[What each claim says](claims.md).
`tests/proof/attacks` holds them; `python -m tests.proof.attacks.table` writes this page.

| attack | how it is done | found by |
|---|---|---|
"""
TAIL = """
## What cannot be found

No check of files can find these. Where it can be done in a test, a test shows that it gets through, so that
this list stays true.

"""


def page() -> str:
    """The page as it should be."""
    rows = "".join(f"| {attack.name} | {attack.how} | {attack.code} |\n" for attack in ATTACKS)
    points = "".join(f"- **{each.name}.** {each.why}\n" for each in UNCAUGHT)
    return HEAD + rows + TAIL + points


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
