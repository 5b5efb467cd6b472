"""One loop over due rows: how two rows become due, what breaks at one of them, how to run, what is done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

from tests.support.cloud import LocalCloud

HOUR = dt.timedelta(hours=1)
FAULT = "nobody thought of this"


@dataclass(frozen=True, slots=True)
class DueCase:
    """Rows may be whatever the functions of a case agree on."""

    name: str
    # Two rows that are due; the first one, which is to break, comes first.
    make: Callable[[LocalCloud], tuple[Any, Any]]
    # What breaks, by its dotted path, and whether this call of it is about the row that is odd.
    breaks: str
    is_about: Callable[..., bool]
    run: Callable[[], object]
    is_done: Callable[[Any], bool]
    # After so long the row that broke is due again.
    later: dt.timedelta = 2 * HOUR

    def break_at(self, odd: Any, patch: pytest.MonkeyPatch) -> None:
        module_name, name = self.breaks.rsplit(".", 1)
        original = getattr(import_module(module_name), name)

        def act_or_break(*args: Any, **options: Any) -> Any:
            if self.is_about(odd, *args, **options):
                raise LookupError(FAULT)
            return original(*args, **options)

        patch.setattr(self.breaks, act_or_break)
