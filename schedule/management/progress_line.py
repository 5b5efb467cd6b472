"""The bar that shows on a terminal how far a command is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, TextIO

from tqdm import tqdm

from edu_platform.lib.progress import Phase, reporting_to

BAR = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {elapsed}"
LESS_OFTEN_AFTER_S = 0.1
# It is updated often enough: no thread has to look after it.
tqdm.monitor_interval = 0


@contextmanager
def progress_shown(out: TextIO | None = None) -> Iterator[None]:
    """Show how far the block is where errors go, if that is a terminal, and leave nothing of it there."""
    columns, lines = shutil.get_terminal_size()
    bar: tqdm[NoReturn] = tqdm(
        file=out or sys.stderr,
        disable=None,
        leave=False,
        bar_format=BAR,
        mininterval=LESS_OFTEN_AFTER_S,
        # Where a terminal does not know its size (as in containers), tqdm takes it to be 0, and never ends.
        ncols=columns,
        nrows=lines,
    )
    phase_shown = None

    def show(phase: Phase, done: int, total: int) -> None:
        nonlocal phase_shown
        if not total:
            return
        if phase != phase_shown:
            phase_shown = phase
            bar.set_description_str(str(phase.label), refresh=False)
            bar.reset(total)
        bar.total = total
        bar.update(done - bar.n)

    with bar, reporting_to(show):
        yield
