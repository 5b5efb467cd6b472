"""Rules that hold for every migration of the platform."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader


def test_each_can_be_taken_back():
    """Developers go back between branches; ways back of rows are walked in `tests/stories/test_upgrades.py`."""
    ours = {
        app.label for app in apps.get_app_configs() if Path(app.path).parent == settings.BASE_DIR
    }
    migrations = MigrationLoader(None).disk_migrations

    assert migrations
    assert [
        f"{migration}: {operation.describe()}"
        for (label, _name), migration in migrations.items()
        if label in ours
        for operation in migration.operations
        if not operation.reversible
    ] == []
