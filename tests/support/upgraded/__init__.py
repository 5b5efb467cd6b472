"""Rows that migrations since 0.9 change in ways of their own, and what becomes of them.

Each module puts rows into a database of 0.9, and looks at them when all migrations have run. `MOVED` is the
migration of its app from which they are taken back to `BEFORE`, where it looks at them too;
of what lies before it there is no way back here.
"""

from __future__ import annotations

import pytest

# What fails here says why, as in a test.
pytest.register_assert_rewrite(
    *(f"{__name__}.{name}" for name in ("people", "replays", "timetable"))
)
