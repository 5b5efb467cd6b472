"""Callbacks while the database is down: the cloud is told to call again."""

from __future__ import annotations

import pytest
from django.db import connection

from deploy.services.postgres import Postgres
from tests.support.callbacks import KEY, body_of, post
from tests.support.cloud import LocalCloud
from tests.support.once import run_manage
from tests.support.site import Processes, database_url

pytestmark = [pytest.mark.processes, pytest.mark.timeout(240)]


def give_tables(database: Postgres) -> None:
    """Those of the test's own database if it is PostgreSQL: to migrate takes far longer."""
    own = database_url(connection.settings_dict)
    if own.startswith("postgres"):
        database.copy_from(own)
    else:
        run_manage("migrate --noinput", DATABASE_URL=database.url())


def test_database_that_cannot_store_makes_the_cloud_call_again(
    processes: Processes, local_cloud: LocalCloud
):
    database = Postgres()
    try:
        processes.env |= {"DATABASE_URL": database.url(), "LCIC_CALLBACK_KEY": KEY}
        give_tables(database)
        address = processes.start_web()
        body = body_of("RoomEnd", {"RoomId": 300_000_001})
        database.kill()

        refused = post(address, body)
        database.start_again()

        assert refused == 500
        assert post(address, body) == 200
    finally:
        processes.stop()
        database.stop()
