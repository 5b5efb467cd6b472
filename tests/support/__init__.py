"""Helpers of tests; fixtures stand in `tests/conftest.py`."""

from __future__ import annotations
