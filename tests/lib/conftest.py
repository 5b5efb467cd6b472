from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models

from edu_platform.lib.due import DueQuerySet, DueWork


class Job(DueWork):
    """Due work that no app has."""

    name = models.CharField(max_length=16)

    objects = DueQuerySet["Job"].as_manager()

    class Meta:
        app_label = "tests"

    def __str__(self) -> str:
        return self.name


@pytest.fixture(scope="session")
def jobs(django_db_setup: None, django_db_blocker: Any) -> type[Job]:
    """The table of `Job`, which no migration makes; it goes with the database of the tests."""
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Job)
        connection.close()
    return Job
