"""Runs a program so that neither a stop nor a hang leaves it behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

_KEPT_LETTERS = 20_000  # of the program's error output


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a program; a negative code is the signal that ended it."""

    code: int
    errors: str


def run(arguments: Sequence[str], *, limit_s: float, stopping: Event) -> Finished:
    """Run a program to its end; `stopping` or the limit ends it, and all that it started, at once.

    Raises:
        OSError: it cannot be started.
    """
    until_s = time.monotonic() + limit_s
    # A session of its own: Ctrl-C in a terminal reaches only this process, which ends it with its children.
    with subprocess.Popen(  # noqa: S603 -- a fixed program, no shell
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        while True:
            try:
                _, errors = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                if stopping.is_set() or time.monotonic() > until_s:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
    return Finished(process.returncode, errors.strip()[-_KEPT_LETTERS:])
