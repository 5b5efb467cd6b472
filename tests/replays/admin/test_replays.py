"""The replays in the administration: for looking, without an address of the cloud, and what can be done there."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from classroom.enums import Source
from replays import exports
from replays.admin import replays as replay_admin
from replays.enums import AnswerKind, ReplayEventKind, ReplayReason, ReplayState
from replays.models import Replay, ReplayEvent, ReplayFile, ReplayPurge
from replays.services import refresh
from replays.services.history import note
from replays.services.trash import trash_replays
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import UnplannedLessonFactory
from tests.support.pages import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

NOW = dt.datetime(2026, 9, 7, 8, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)

LIST = "/admin/replays/replay/"
SECRET = "https://me:word@video.school.example/secret/f0.mp4?t=secret"


@pytest.fixture
def superuser_client(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


def rows(client: Client, query: str = "") -> list[str]:
    page = read(client.get(f"{LIST}{query}").content)
    return [cell.text for cell in page.all("th", "field-title")]


def test_list_is_searched_and_filtered(office: Client, replay: Replay):
    Replay.objects.update(room_number=106_101_309, title="第一讲")
    failed = ReplayFactory.create(title="第二讲", state=ReplayState.FAILED)
    ReplayFactory.create(title="ＰＥＰ 三年级", state=ReplayState.NONE)
    expected = {
        "?q=第二": ["第二讲"],
        "?q=106101309": ["第一讲"],
        "?q=10610130": [],
        f"?q={failed.code}": ["第二讲"],
        "?state__exact=failed": ["第二讲"],
        "?reason__exact=found": ["第一讲"],
        # As the list of replays searches: whatever the width and size of letters.
        "?q=pep": ["ＰＥＰ 三年级"],
    }

    assert {query: rows(office, query) for query in expected} == expected


def test_list_tells_of_each_replay_what_staff_look_for(superuser_client: Client, file: ReplayFile):
    table = read(superuser_client.get(LIST).content).one("table", id="result_list")

    (row,) = table.one("tbody").all("tr")
    cells = {
        name.removeprefix("field-"): cell.text
        for cell in row.all("td") + row.all("th")
        for name in cell.classes
        if name.startswith("field-")
    }
    replay = file.replay
    assert "planned_start" in cells
    assert (cells["title"], cells["teacher"]) == (replay.title, str(replay.teacher))
    assert (cells["state"], cells["reason"]) == (
        replay.get_state_display(),
        replay.get_reason_display(),
    )
    assert (cells["file_count"], cells["due_at"], cells["purge_at"]) == ("1", "-", "-")


def test_page_of_one_says_nothing_where_there_is_nothing(
    superuser_client: Client, file: ReplayFile
):
    page = read(superuser_client.get(f"{LIST}{file.replay.pk}/change/").content)

    assert "None" not in page.text


def test_files_that_there_are_are_counted(superuser_client: Client, file: ReplayFile):
    ReplayFileFactory.create(replay=file.replay, number=2)
    ReplayFileFactory.create(replay=file.replay, number=3, gone_at=file.first_seen_at)

    page = read(superuser_client.get(LIST).content)

    assert page.one("td", "field-file_count").text == "2"


def test_no_page_shows_an_address(staff: dict[str, Client], file: ReplayFile):
    ReplayFile.objects.update(url=SECRET)

    for who, client in staff.items():
        page = client.get(f"{LIST}{file.replay.pk}/change/")

        text = page.content.decode()
        assert page.status_code == 200, who
        assert read(page.content).one("td", "field-host").text == "video.school.example", who
        assert read(page.content).one("td", "field-video_id").text == file.video_id, who
        assert "secret" not in text, who
        assert "me:word" not in text, who


def test_nothing_is_written_by_hand(staff: dict[str, Client], file: ReplayFile):
    change = f"{LIST}{file.replay.pk}/change/"
    for who, client in staff.items():
        answers = [
            client.get(f"{LIST}add/"),
            client.post(change, {"title": "other"}),
            client.post(f"{LIST}{file.replay.pk}/delete/", {"post": "yes"}),
        ]

        assert [answer.status_code for answer in answers] == [403] * 3, who
        assert list(Replay.objects.values_list("title", flat=True)) == [file.replay.title], who
        assert read(client.get(change).content).all("input", name="title") == [], who


def test_list_is_narrowed_by_teacher_and_day(office: Client, replay: Replay, teacher: User):
    other = ReplayFactory.create(lesson=UnplannedLessonFactory.create())
    Replay.objects.filter(pk=replay.pk).update(listed_at=timezone.now())
    Replay.objects.filter(pk=other.pk).update(listed_at=timezone.now() - 400 * DAY)

    page = read(office.get(LIST).content)
    links = [link.attrs.get("href", "") for link in page.all("a")]
    spans = [link for link in links if link.startswith("?listed_at__gte=")]

    assert rows(office, f"?teacher={teacher.username}") == [replay.title]
    assert rows(office, "?teacher=nobody") == []
    # Today, the last seven days, this month, this year.
    assert [rows(office, span) for span in spans] == [[replay.title]] * 4


def test_teachers_of_replays_alone_can_be_chosen(
    superuser_client: Client, replay: Replay, teacher: User, student: User
):
    page = read(superuser_client.get(LIST).content)

    links = [link.attrs["href"] for link in page.all("a") if "href" in link.attrs]
    chosen = [link for link in links if link.startswith("?teacher=")]
    assert chosen == [f"?teacher={teacher.username}"]


def test_list_is_narrowed_by_the_trash(office: Client):
    in_trash = {"state": ReplayState.DELETED, "deleted_at": NOW}
    begun = {"attempts": 2, "has_begun": True}
    ReplayFactory.create(title="one")
    ReplayFactory.create(title="two", purge={"due_at": NOW + DAY}, **in_trash)
    ReplayFactory.create(title="three", purge={"due_at": NOW + DAY, **begun}, **in_trash)
    ReplayFactory.create(title="four", state=ReplayState.DELETED, deleted_at=NOW, purged_at=NOW)
    expected = {"no": ["one"], "yes": ["two"], "resisting": ["three"], "gone": ["four"]}

    assert {wanted: rows(office, f"?bin={wanted}") for wanted in expected} == expected


def test_trail_stands_on_the_page_in_order_and_cannot_be_written(
    office: Client, replay: Replay, teacher: User
):
    note(replay, ReplayEventKind.TRASHED, at=NOW + DAY, person=teacher)
    note(replay, ReplayEventKind.FILE_FOUND, at=NOW, source=Source.CALLBACK, detail="1")

    page = read(office.get(f"{LIST}{replay.pk}/change/").content)

    at = [cell.text for cell in page.all("td", "field-noted")]
    assert at == ["2026-09-07 16:00:00", "2026-09-08 16:00:00"]
    assert len([cell for cell in page.all("td", "field-said") if cell.text]) == 2
    assert [cell.text for cell in page.all("td", "field-person")] == ["-", str(teacher)]
    assert page.all("input", name="steps-0-detail") == []


def test_trail_tells_each_state_in_words(office: Client, replay: Replay):
    note(replay, ReplayEventKind.STATE, at=NOW, detail="processing/ended")

    page = read(office.get(f"{LIST}{replay.pk}/change/").content)

    said = [cell.text for cell in page.all("td", "field-said")]
    assert said == ["生成中：已下课，正在生成录像"]
    assert "processing/ended" not in page.text


def test_page_of_a_long_trail_takes_no_more_queries(
    superuser_client: Client, replay: Replay, teacher: User, django_assert_max_num_queries: Any
):
    path = f"{LIST}{replay.pk}/change/"
    note(replay, ReplayEventKind.SILENT, at=NOW, person=teacher)
    ReplayFileFactory.create(replay=replay, number=1)
    with django_assert_max_num_queries(20) as one:
        superuser_client.get(path)
    ReplayEvent.objects.bulk_create(
        [
            ReplayEvent(
                replay=replay, kind=ReplayEventKind.TRASHED, at=NOW, person=UserFactory.create()
            )
            for _ in range(3)
        ]
    )
    for number in range(20, 23):
        ReplayFileFactory.create(replay=replay, number=number)

    with django_assert_max_num_queries(len(one.captured_queries)):
        superuser_client.get(path)


def act(client: Client, action: str, *replays: Replay, **more: Any) -> Any:
    data = {"action": action, "_selected_action": [str(each.pk) for each in replays], **more}
    return client.post(LIST, data, follow=more.get("follow", True))


def said(answer: Any) -> list[str]:
    listed = read(answer.content).all("ul", "messagelist")
    return [message.text for message in listed[0].all("li")] if listed else []


class TestAskTheCloud:
    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """The codes of replays that were asked for; the cloud has each, but for titles of silence."""
        codes: list[str] = []

        def ask(replay: Replay, *, person: User, at: dt.datetime) -> Any:
            assert not timezone.is_naive(at)
            codes.append(replay.code)
            kind = AnswerKind.SILENT if replay.title == "silent" else AnswerKind.FOUND
            return type("Answer", (), {"kind": kind})()

        monkeypatch.setattr(refresh, "ask_now", ask)
        return codes

    def test_is_told_by_what_the_cloud_said(
        self, english_staff: dict[str, Client], replay: Replay, asked: list[str]
    ):
        other = ReplayFactory.create()

        for who, client in english_staff.items():
            asked.clear()
            answer = act(client, "ask_now", replay, other)

            assert sorted(asked) == sorted([replay.code, other.code]), who
            titles = [Replay.objects.get(code=code).title for code in asked]
            assert said(answer) == [f"The recording is there: 2 ({'、'.join(titles)})"], who

    def test_ends_with_the_patience_of_whoever_waits(
        self,
        english_office: Client,
        replay: Replay,
        asked: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(refresh, "BY_HAND", replace(refresh.BY_HAND, limit_s=-1))

        answer = act(english_office, "ask_now", replay)

        assert asked == []
        assert said(answer) == ["1 was not checked: that would take too long now."]

    def test_does_not_wait_for_a_silent_cloud_again(self, english_office: Client, asked: list[str]):
        replays = [ReplayFactory.create(title="silent") for _ in range(3)]

        answer = act(english_office, "ask_now", *replays)

        assert len(asked) == 1
        assert said(answer) == [
            "No answer: 1 (silent)",
            "2 were not checked, since the classroom service cannot be reached.",
        ]

    def test_takes_no_more_out_of_the_database_than_it_asks_for(
        self,
        english_office: Client,
        replay: Replay,
        asked: list[str],
        monkeypatch: pytest.MonkeyPatch,
    ):
        monkeypatch.setattr(replay_admin, "ASKED_AT_ONCE", 2)
        for _number in range(4):
            ReplayFactory.create()

        with CaptureQueriesContext(connection) as made:
            act(english_office, "ask_now", replay, select_across="1", follow=False)

        loaded = [
            query["sql"]
            for query in made
            if '"planned_end"' in query["sql"] and query["sql"].startswith("SELECT")
        ]
        assert (len(asked), len(loaded)) == (2, 1)
        assert loaded[0].endswith("LIMIT 2")
        assert "title_grams" not in loaded[0]


class TestTrash:
    def test_takes_what_is_chosen_for_thirty_days(self, each_of_staff: Client, file: ReplayFile):
        kept = ReplayFactory.create()

        answer = act(each_of_staff, "move_to_trash", file.replay)

        replay = Replay.objects.get(pk=file.replay.pk)
        assert (replay.state, replay.reason) == (ReplayState.DELETED, ReplayReason.TRASHED)
        assert replay.deleted_by_id == answer.wsgi_request.user.pk
        assert Replay.objects.get(pk=kept.pk).deleted_at is None
        assert said(answer) == ["1 replay is in the trash. It can be restored for 30 days."]

    def test_takes_all_or_nothing(self, english_office: Client, file: ReplayFile):
        to_come = ReplayFactory.create(state=ReplayState.EXPECTED, title="To come")

        answer = act(english_office, "move_to_trash", file.replay, to_come)

        assert Replay.objects.exclude(deleted_at=None).count() == 0
        assert said(answer) == ["Nothing was deleted: of “To come” there is no recording."]

    def test_takes_no_more_than_one_transaction_should(
        self, english_office: Client, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(replay_admin, "TRASHED_AT_ONCE", 2)
        replays = [ReplayFactory.create() for _ in range(3)]

        answer = act(english_office, "move_to_trash", *replays)

        assert Replay.objects.exclude(deleted_at=None).count() == 0
        assert said(answer) == ["At most 2 at once: choose fewer."]

    def test_gives_back_what_the_cloud_was_not_told_to_delete(
        self, english_office: Client, file: ReplayFile
    ):
        late = ReplayFactory.create()
        never_trashed = ReplayFactory.create()
        trash_replays([file.replay, late], person=None, at=timezone.now())
        ReplayPurge.objects.filter(pk=late.pk).update(has_begun=True)

        answer = act(english_office, "bring_back", file.replay, late, never_trashed)

        assert Replay.objects.get(pk=file.replay.pk).state == ReplayState.READY
        assert Replay.objects.get(pk=late.pk).state == ReplayState.DELETED
        assert said(answer) == [
            "1 replay was restored.",
            "1 cannot be restored: it is being deleted in the cloud.",
            "1 was left out: it is not in the trash.",
        ]

    def test_gives_back_so_many_at_once_and_says_what_stayed(
        self, english_office: Client, monkeypatch: pytest.MonkeyPatch
    ):
        replays = [ReplayFactory.create() for _ in range(3)]
        trash_replays(replays, person=None, at=timezone.now())
        monkeypatch.setattr(replay_admin, "TRASHED_AT_ONCE", 2)

        answer = act(english_office, "bring_back", *replays)

        assert Replay.objects.exclude(deleted_at=None).count() == 1
        assert said(answer) == [
            "2 replays were restored.",
            "1 is still in the trash: at most 2 are restored at once.",
        ]


class TestExport:
    def test_csv_holds_what_is_chosen(self, english_staff: dict[str, Client], replay: Replay):
        Replay.objects.filter(pk=replay.pk).update(title="=1+1")
        ReplayFactory.create()

        for who, client in english_staff.items():
            answer = act(client, "export_csv", replay, follow=False)

            text = b"".join(answer.streaming_content).decode("utf-8-sig")
            lines = list(csv.reader(io.StringIO(text)))
            assert answer["Content-Type"] == "text/csv; charset=utf-8", who
            assert answer["Cache-Control"].split(", ")[0] == "no-store", who
            assert [line[0] for line in lines] == ["Lesson title", "'=1+1"], who

    def test_xlsx_holds_all_when_all_are_chosen(self, english_office: Client, replay: Replay):
        titles = {replay.title, *(ReplayFactory.create().title for _ in range(2))}

        answer = act(english_office, "export_xlsx", replay, select_across="1", follow=False)

        sheet = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
        assert sheet is not None
        rows = list(sheet.iter_rows(values_only=True))
        assert (rows[0][0], {row[0] for row in rows[1:]}) == ("Lesson title", titles)

    def test_xlsx_of_too_many_is_told(
        self, english_office: Client, replay: Replay, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(exports, "MOST_XLSX_ROWS", 0)

        answer = act(english_office, "export_xlsx", replay)

        assert len(said(answer)) == 1
        assert said(answer)[0].startswith("At most 0 replays are exported as XLSX")


ACTIONS = ("ask_now", "move_to_trash", "bring_back", "export_xlsx", "export_csv")


def test_actions_are_open_to_all_of_staff(staff: dict[str, Client], replay: Replay):
    for who, client in staff.items():
        choice = read(client.get(LIST).content).one("select", name="action")

        offered = [option.attrs["value"] for option in choice.all("option")]
        assert sorted(offered) == sorted(["", *ACTIONS]), who
        assert act(client, "bring_back", replay, follow=False)["Location"] == LIST, who


def test_actions_are_closed_to_others(others: dict[str, Client], file: ReplayFile):
    for who, client in others.items():
        for action in ACTIONS:
            answer = act(client, action, file.replay, follow=False)

            assert answer.status_code == 302, (who, action)
            led = answer["Location"]
            assert led.startswith(("/admin/login/", "/accounts/login/")), (who, action)
            assert Replay.objects.exclude(deleted_at=None).count() == 0, (who, action)


def test_many_rows_take_no_more_queries_than_one(
    superuser_client: Client, file: ReplayFile, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(12) as one:
        assert len(rows(superuser_client)) == 1
    for _number in range(3):
        ReplayFileFactory.create(replay=ReplayFactory.create(), number=1)

    with django_assert_max_num_queries(len(one.captured_queries)):
        assert len(rows(superuser_client)) == 4
