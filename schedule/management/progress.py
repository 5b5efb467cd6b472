"""A line on a terminal that says how far a command has come."""

from __future__ import annotations

from types import TracebackType
from typing import Self, TextIO

BAR_CHARS = 24
# Back to the beginning of the line, and clear it (ECMA-48: EL).
CLEARED_LINE = "\r\x1b[K"


class ProgressLine:
    """Shown on a terminal only, and cleared at the end, so that output holds nothing of it."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.is_shown = out.isatty()

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
