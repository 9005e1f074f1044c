"""Where a record was made, and where it is replayed: if they differ, a replay need not be exact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evenkeel import __version__
from evenkeel.ledger import STAGES, Record, environment

# differences that are named, of many
MOST_NAMED = 5
# characters of a value that is shown
MOST_SHOWN = 40
PLACE = {"python": "Python", "system": "system", "machine": "machine", "cpu": "processor"}


def elsewhere(record: Record) -> str:
    """What differs between a record's environment and this one: "numpy 2.3.1, here 2.4.6"; "" if nothing."""
    found = list(_differences(record.environment, environment(record.step.stage)))
    more = [f"{len(found) - MOST_NAMED} more"] if len(found) > MOST_NAMED else []
    return "; ".join([*found[:MOST_NAMED], *more])


def hint(record: Record) -> str:
    """What to try where a replay differs: another environment than the record's may be why."""
    hints = [f"recorded with {there}: replay with those versions"] if (there := elsewhere(record)) else []
    if record.version != (here := STAGES[record.step.stage].version):
        hints.append(f"made by version {record.version} of the step, here {here}")
    return f" ({'; '.join(hints)})" if hints else ""


def drawn_by(record: Record) -> str:
    """The version of Evenkeel that a record names."""
    return str(_packages(record.environment).get("evenkeel"))


def same_evenkeel(record: Record) -> bool:
    """Whether this version of Evenkeel made the record."""
    return drawn_by(record) == __version__


def _differences(then: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    packages = _packages(then), _packages(here)
    for name in sorted(packages[0].keys() | packages[1].keys()):
        if packages[0].get(name) != packages[1].get(name):
            yield _told(name, packages[0].get(name), packages[1].get(name))
    for key, name in PLACE.items():
        if then.get(key) != here.get(key):
            yield _told(name, then.get(key), here.get(key))


def _told(name: str, then: Any, here: Any) -> str:
    """One difference; what is not a short text, for example a list of features, is only named."""
    if then is None:
        return f"{name} not recorded"
    if not all(isinstance(value, str | None) and len(value or "") <= MOST_SHOWN for value in (then, here)):
        return f"another {name}"
    return f"{name} {then}, here {here or 'none'}"


def _packages(where: dict[str, Any]) -> dict[str, Any]:
    found = where.get("packages")
    return found if isinstance(found, dict) else {}
