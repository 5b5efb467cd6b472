"""Models as a migration sees them, for tests of what migrations do with rows."""

from __future__ import annotations

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps


def models_before(app_label: str, migration: str) -> StateApps:
    """Return the registry of models that a migration works on."""
    state = MigrationLoader(connection).project_state((app_label, migration), at_end=False)
    return state.apps
