"""What can go wrong, in few families; each knows the exit status that the command line gives it.

Every message says what was expected, what came, what is available and what to do next, as far as each
of these is known. A user's mistake is an ``EvenkeelError``; anything else that escapes is a bug.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class EvenkeelError(Exception):
    """Base of all errors that are meant for a person to read."""

    exit_status = 2

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows of it, instead of the way through our code: IPython asks for this."""
        return [f"{type(self).__name__}: {self}"]


class ConfigError(EvenkeelError, ValueError):
    """The config file, or a value in it, cannot be used; a ValueError, so that pydantic adds the place."""


class SourceError(EvenkeelError):
    """The rows could not be read."""


class DataError(EvenkeelError):
    """The rows were read, but cannot be treated as the config asks."""


class StoreError(EvenkeelError):
    """An artifact or a run is not in the store, or is damaged there."""


class ValidationStopped(EvenkeelError):
    """A critical check failed: nothing after validation ran. `run` is the id of the stopped run."""

    exit_status = 3

    def __init__(self, message: str, run: str | None = None) -> None:
        super().__init__(message)
        self.run = run


class SealBroken(EvenkeelError):
    """A step was about to read rows that its role forbids."""

    exit_status = 4


class Interrupted(EvenkeelError):
    """A signal asked the command to end; the exit status is the one that shells know for it."""

    def __init__(self, number: int, left: str = "what was finished is kept for the next run") -> None:
        super().__init__(f"stopped; {left}.")
        self.exit_status = 128 + number


def suggest(word: object, known: Iterable[str], *, also: Iterable[str] = ()) -> str:
    """A hint for a mistyped `word`: "Did you mean 'x'? Available: ..."; names in `also` are not listed."""
    listed = sorted(known)
    known = [*listed, *also]
    close = difflib.get_close_matches(str(word).lower(), [k.lower() for k in known], n=1)
    found = next((k for k in known if close and k.lower() == close[0]), None)
    hint = f"Did you mean {found!r}? " if found else ""
    return f"{hint}Available: {', '.join(listed) or 'nothing'}."
