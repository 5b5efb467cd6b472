"""Logs of the demo's processes: a file each under `var/log/`, so that the terminal stays readable."""

# honcho has no types: calls into it are marked one by one.
from __future__ import annotations

import logging
import sys
from collections import defaultdict, deque
from collections.abc import Iterable
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path

from honcho.manager import SYSTEM_PRINTER_NAME
from honcho.printer import Message, Printer

from deploy.demo.config import VAR

FOLDER = VAR / "log"
# A process's log holds so much of what it says now, and as much of what it said before.
MOST_BYTES = 5 * 1024 * 1024
# The terminal shows so many lines of a process that died.
LAST_LINES = 20


def path_of(name: str) -> Path:
    # What honcho says of the processes is the demo's own.
    return FOLDER / f"{'demo' if name == SYSTEM_PRINTER_NAME else name}.log"


def begin(name: str) -> Path:
    """Begin a log, in place of the last run's, which is kept once."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        path.replace(path.with_name(f"{path.name}.1"))
    return path


class ProcessLogs(Printer):
    """Writes the lines of each of these processes into its file; to stderr too when `are_shown`."""

    def __init__(self, names: Iterable[str], *, are_shown: bool) -> None:
        # stdout holds the runner's own lines only.
        super().__init__(sys.stderr)  # type: ignore[no-untyped-call] # honcho has no types
        self._are_shown = are_shown
        self._files = {name: _open(name) for name in (SYSTEM_PRINTER_NAME, *names)}
        self._last: defaultdict[str, deque[str]] = defaultdict(partial(deque, maxlen=LAST_LINES))

    def write(self, message: Message) -> None:
        data = message.data
        text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
        for line in text.splitlines():
            self._last[message.name].append(line)
            self._files[message.name].emit(logging.makeLogRecord({"msg": line}))
        if self._are_shown:
            super().write(message)  # type: ignore[no-untyped-call] # as above

    def close(self) -> None:
        for file in self._files.values():
            file.close()

    def last_lines(self, name: str) -> str:
        return "\n".join(self._last[name])


class _Formatter(logging.Formatter):
    """Puts the time before each line; an object of JSON has its own, and programs read it as it is."""

    def format(self, record: logging.LogRecord) -> str:
        line = record.getMessage()
        return line if line.startswith('{"') else super().format(record)


def _open(name: str) -> logging.Handler:
    file = RotatingFileHandler(begin(name), maxBytes=MOST_BYTES, backupCount=1, encoding="utf-8")
    file.setFormatter(_Formatter("%(asctime)s %(message)s"))
    return file
