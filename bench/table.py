"""The rows that benchmarks end in, and the table of them.

A file of this folder that measures something ends in `table.end_in(rows)`: run alone it prints its rows,
and run by `make bench` it hands them over.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

HAND_OVER = "--rows"  # followed by the file to write them to
HEADS = ("", "value", "unit", "floor", "ratio", "goal", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One number; `floor` is the least it could be, measured in the same run.

    `at_most` or `at_least` is the goal of the value, or with `of_ratio` that of its ratio to the floor.
    """

    what: str
    value: float
    unit: str
    floor: float | None = None
    at_most: float | None = None
    at_least: float | None = None
    of_ratio: bool = False

    @property
    def ratio(self) -> float | None:
        return self.value / self.floor if self.floor else None

    @property
    def goal(self) -> str:
        if self.at_most is None and self.at_least is None:
            return ""
        bound = f"<= {self.at_most:g}" if self.at_least is None else f">= {self.at_least:g}"
        return f"ratio {bound}" if self.of_ratio else bound

    @property
    def is_missed(self) -> bool:
        judged = (self.ratio if self.of_ratio else self.value) or 0.0
        is_above = self.at_most is not None and judged > self.at_most
        return is_above or (self.at_least is not None and judged < self.at_least)


def show(rows: Iterable[Row]) -> None:
    cells = [HEADS, *(_cells(row) for row in rows)]
    widths = [max(_width(line[column]) for line in cells) for column in range(len(HEADS))]
    for line in cells:
        first, *others = (_padded(text, width) for text, width in zip(line, widths, strict=True))
        print("  ".join([first[0] + first[1], *(pad + text for text, pad in others)]).rstrip())


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        _number(row.value),
        row.unit,
        "" if row.floor is None else _number(row.floor),
        "" if row.ratio is None else f"{row.ratio:.2f}",
        row.goal,
        "missed" if row.is_missed else "",
    )


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def _padded(text: str, width: int) -> tuple[str, str]:
    return text, " " * (width - _width(text))


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def end_in(rows: Callable[[], list[Row]]) -> None:
    """Measure, and print the rows, or hand them over."""
    found = rows()
    if sys.argv[1:2] == [HAND_OVER]:
        Path(sys.argv[2]).write_text(json.dumps([asdict(row) for row in found]))
    else:
        show(found)


def read(path: Path) -> list[Row]:
    return [Row(**each) for each in json.loads(path.read_text())]
