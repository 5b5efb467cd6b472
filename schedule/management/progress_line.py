"""The line that shows on a terminal how far a command is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self, TextIO

from edu_platform.lib.progress import Phase, reporting_to

BAR_CHARS = 24
SHOWN_EVERY_S = 0.1
# Back to the beginning of the line, and clear it (ECMA-48: EL).
CLEARED_LINE = "\r\x1b[K"


class ProgressLine:
    """Shown on a terminal only, and cleared at the end, so that output holds nothing of it."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.is_shown = out.isatty()
        self._shown_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        err: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write(CLEARED_LINE)

    def show(self, share: float, label: str) -> None:
        """`share` from 0 to 1."""
        filled = round(share * BAR_CHARS)
        bar = "#" * filled + "-" * (BAR_CHARS - filled)
        self._write(f"{CLEARED_LINE}[{bar}] {share:4.0%} {label}")

    def _write(self, text: str) -> None:
        if self.is_shown:
            self.out.write(text)
            self.out.flush()

    def report(self, phase: Phase, done: int, total: int) -> None:
        """Show what is reported, as often as eyes follow."""
        now_s = time.monotonic()
        if total and (done == total or now_s - self._shown_s >= SHOWN_EVERY_S):
            self._shown_s = now_s
            self.show(done / total, str(phase.label))


@contextmanager
def progress_shown() -> Iterator[None]:
    """Show on the terminal, where there is one, how far the block is."""
    with ProgressLine(sys.stderr) as line, reporting_to(line.report):
        yield
