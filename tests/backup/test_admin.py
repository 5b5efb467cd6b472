"""Backups in the administration: who sees that they were made, and that nobody writes there."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from edu_platform.lib.formatting import MIB
from edu_platform.models import Backup
from tests.cast import SignedIn
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/edu_platform/backup/"


@pytest.fixture
def backup() -> Backup:
    at = timezone.now()
    return Backup.objects.create(
        began_at=at - dt.timedelta(minutes=5),
        ended_at=at,
        folder="/backup/school/2026-11-29T183000Z",
        size_bytes=3 * MIB,
    )


@pytest.mark.parametrize("who", ["outsider", "teacher", "supervisor"])
def test_others_are_sent_away(
    request: pytest.FixtureRequest, signed_in: SignedIn, who: str, backup: Backup
):
    client = signed_in(request.getfixturevalue(who))

    for path in (LIST, f"{LIST}{backup.pk}/change/"):
        assert client.get(path)["Location"].startswith("/admin/login/")


def test_planners_do_not_see_them(planner: User, signed_in: SignedIn, backup: Backup):
    client = signed_in(planner)

    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}{backup.pk}/change/").status_code == 403
    assert read(client.get("/admin/").content).all("a", href=LIST) == []


def test_administrators_see_the_latest_first(
    administrator: User, signed_in: SignedIn, backup: Backup
):
    earlier = backup.ended_at - dt.timedelta(days=1)
    Backup.objects.create(began_at=earlier, ended_at=earlier, folder="/earlier", size_bytes=0)
    client = signed_in(administrator)

    rows = read(client.get(LIST).content).one("table", id="result_list").one("tbody").all("tr")

    assert read(client.get("/admin/").content).all("a", href=LIST) != []
    assert [
        (row.one("td", "field-folder").text, row.one("td", "field-size").text) for row in rows
    ] == [(backup.folder, "3 MB"), ("/earlier", "0 MB")]


@pytest.mark.parametrize("who", ["administrator", "superuser"])
def test_nobody_changes_them(
    request: pytest.FixtureRequest, signed_in: SignedIn, who: str, backup: Backup
):
    client = signed_in(request.getfixturevalue(who))

    answers = [
        client.post(f"{LIST}add/", {"folder": "/another"}),
        client.post(f"{LIST}{backup.pk}/change/", {"folder": "/another"}),
        client.post(f"{LIST}{backup.pk}/delete/", {"post": "yes"}),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert list(Backup.objects.values_list("folder", flat=True)) == [backup.folder]
