"""The tests. Importing any of them first makes the environment theirs and sets Django up."""

from __future__ import annotations

from tests.support import environment

environment.prepare()
