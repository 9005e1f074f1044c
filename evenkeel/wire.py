"""What workers say about their work on its way to the process that shows it: a pipe that all write to.

News may be lost, but never waits and never makes anybody wait: a full pipe takes none, and a worker that
dies leaves neither half a message nor a lock behind.
"""

from __future__ import annotations

import contextlib
import json
import os
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext

from evenkeel import progress

# POSIX promises that so much is written whole or not at all (PIPE_BUF), less the length that goes before
MOST_BYTES = 512 - 4


class Sender(progress.Listener):
    """The worker's end: a listener that passes news of work on."""

    def __init__(self, writer: Connection) -> None:
        self._writer = writer

    def work(self, key: str, at: progress.Work | None) -> None:
        """Write it down, unless it is too long or nobody reads."""
        news = json.dumps([key, at], ensure_ascii=False).encode()
        if len(news) <= MOST_BYTES:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                self._writer.send_bytes(news)


class Wire:
    """The pipe, and the end that reads."""

    def __init__(self, context: BaseContext) -> None:
        self._reader, self.writer = context.Pipe(duplex=False)
        os.set_blocking(self.writer.fileno(), False)
        self._open: set[str] = set()

    def relay(self) -> None:
        """Tell this process's listeners what has come in."""
        while self._reader.poll():
            key, at = json.loads(self._reader.recv_bytes())
            self._tell(key, at and progress.Work(tuple(at[0]), *at[1:]))

    def hush(self) -> None:
        """All work is over, even if nobody said so."""
        for key in list(self._open):
            self._tell(key, None)

    def close(self) -> None:
        """Close both ends."""
        self._reader.close()
        self.writer.close()

    def _tell(self, key: str, at: progress.Work | None) -> None:
        (self._open.discard if at is None else self._open.add)(key)
        progress.work(key, at)
