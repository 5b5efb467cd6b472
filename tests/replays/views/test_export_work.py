"""Exports of many replays: a worker makes the sheet, and the page of the work offers it."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import RoleGrant, User
from edu_platform.lib.long_work import WorkState
from replays import export_work
from replays.models import Replay
from schedule.models import Work
from schedule.work.writing import KEPT_FOR, do_long_work, forget_old_work
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.support.long_work import address_of
from tests.support.pages import main

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("keys and files are kept as bytes"),
]

EXPORT = "/replays/export/"


@pytest.fixture(autouse=True)
def two_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_work, "LONG_FROM_ROWS", 1)


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


@pytest.fixture
def replays() -> list[Replay]:
    return [ReplayFactory.create(title=title) for title in ("=1+1", "第二讲", "第三讲")]


def rows_of(content: bytes) -> list[tuple[Any, ...]]:
    (sheet,) = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return list(sheet.iter_rows(values_only=True))


def test_many_are_left_to_a_worker_and_its_file_is_downloaded(
    office: Client, replays: list[Replay]
):
    asked = office.get(f"{EXPORT}?format=xlsx")
    work = Work.objects.get()
    assert (asked.status_code, asked["Location"]) == (303, address_of(work))
    assert (work.state, work.row_count) == (WorkState.WAITING, 3)
    assert office.get(f"{asked['Location']}file/").status_code == 404

    do_long_work(timezone.now())

    page = main(office.get(asked["Location"]))
    assert page.one("h1").text == "Export 3 replays as XLSX"
    address = page.link("Download the file")
    assert address == f"/schedule/work/{work.code}/file/"
    work.refresh_from_db()
    assert work.ended_at is not None
    kept_until = timezone.localtime(work.ended_at + KEPT_FOR)
    assert f"“{work.file_name}”" in page.text
    assert f"can be downloaded here until {kept_until:%Y-%m-%d %H:%M}." in page.text
    file = office.get(address)
    assert file["Content-Disposition"] == f'attachment; filename="{work.file_name}"'
    assert file["Cache-Control"].split(", ")[0] == "no-store"
    newest_first = Replay.objects.order_by("-listed_at", "-pk").values_list("title", flat=True)
    titles = ["'=1+1" if title == "=1+1" else title for title in newest_first]
    assert [row[0] for row in rows_of(file.content)] == ["Lesson title", *titles]
    assert work.content is None


def test_the_worker_writes_in_the_language_of_who_asked(
    signed_in: SignedIn, planner: User, replays: list[Replay]
):
    signed_in(planner, "zh-hans").get(f"{EXPORT}?format=xlsx")

    do_long_work(timezone.now())

    heads, *_rows = rows_of(bytes(Work.objects.get().output or b""))
    assert "课堂号" in heads


def test_csv_and_few_come_at_once(office: Client, replays: list[Replay]):
    for query in ("format=csv", "format=xlsx&q=第二"):
        answer = office.get(f"{EXPORT}?{query}")
        assert answer.status_code == 200
        assert b"".join(answer)
    assert not Work.objects.exists()


def test_the_administration_leaves_many_to_a_worker_as_well(office: Client, replays: list[Replay]):
    chosen = {"action": "export_xlsx", "_selected_action": [each.pk for each in replays[:2]]}

    asked = office.post("/admin/replays/replay/", chosen)

    do_long_work(timezone.now())
    file = office.get(f"{asked['Location']}file/")
    assert {row[0] for row in rows_of(file.content)} == {"Lesson title", "'=1+1", "第二讲"}


def test_what_was_deleted_meanwhile_is_left_out(office: Client, replays: list[Replay]):
    office.get(f"{EXPORT}?format=xlsx")
    replays[0].delete()

    do_long_work(timezone.now())

    assert len(rows_of(bytes(Work.objects.get().output or b""))) == 1 + 2


def test_whoever_may_no_longer_export_gets_no_file(
    office: Client, planner: User, replays: list[Replay]
):
    address = office.get(f"{EXPORT}?format=xlsx")["Location"]
    do_long_work(timezone.now())
    assert office.get(f"{address}file/").status_code == 200

    RoleGrant.objects.filter(user=planner, role=Role.PLANNER).delete()

    assert office.get(f"{address}file/").status_code == 404


def test_the_file_goes_with_the_work(office: Client, replays: list[Replay]):
    address = office.get(f"{EXPORT}?format=xlsx")["Location"]
    do_long_work(timezone.now())

    forget_old_work(timezone.now() + KEPT_FOR - dt.timedelta(minutes=1), KEPT_FOR)
    assert office.get(f"{address}file/").status_code == 200

    forget_old_work(timezone.now() + KEPT_FOR + dt.timedelta(minutes=1), KEPT_FOR)
    assert office.get(f"{address}file/").status_code == 404
    assert not Work.objects.exists()


def test_the_links_do_not_save_the_page_of_the_work_as_the_file(
    office: Client, replays: list[Replay]
):
    page = main(office.get("/replays/"))

    links = [link for link in page.all("a") if "/replays/export/" in link.attrs.get("href", "")]
    assert links
    assert [link for link in links if "download" in link.attrs] == []
