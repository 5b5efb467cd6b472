"""Rows that were there before a migration are what they were after it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

pytestmark = pytest.mark.django_db(transaction=True)

BEFORE = ("accounts", "0008_identities_put_off")
AFTER = ("accounts", "0010_identities_due")


def migrate(target: tuple[str, str]) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([target])
    return MigrationExecutor(connection).loader.project_state([target]).apps


@pytest.fixture
def apps_before() -> Iterator[Any]:
    yield migrate(BEFORE)
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def test_notices_keep_their_turn_and_identities_that_wait_are_due(apps_before: Any):
    at = timezone.now()
    user = apps_before.get_model("accounts", "User").objects.create(username="a", display_name="a")
    notices = apps_before.get_model("accounts", "Notice").objects
    notices.create(user=user, kind="k", cause="c", address="/", next_mail_at=at, mail_tries=2)
    identities = apps_before.get_model("accounts", "ClassroomIdentity").objects
    identities.create(user=user, sdk_app_id=1, attempts=4)
    identities.create(user=user, sdk_app_id=2, state="failed")
    identities.create(user=user, sdk_app_id=3, state="stale", classroom_user_id="u", due_at=at)

    after = migrate(AFTER)

    notice = after.get_model("accounts", "Notice").objects.get()
    assert (notice.due_at, notice.attempts) == (at, 2)
    known = after.get_model("accounts", "ClassroomIdentity").objects.order_by("sdk_app_id")
    unknown, failed, stale = known
    assert (unknown.due_at is not None, unknown.attempts) == (True, 4)
    assert (failed.due_at, stale.due_at) == (None, at)
