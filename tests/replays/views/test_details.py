"""The page of one replay: who sees it, what it says of the class, what it plays, and what it never shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from classroom.enums import Source
from replays.enums import ReplayState
from replays.models import Replay, ReplayFile
from replays.views import details
from schedule.enums import RoomReason
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.pages import Element, facts, table_of
from tests.support.replays import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# 21:55 in the school's time.
NOW = dt.datetime(2021, 6, 3, 13, 55, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def links_to(page: Element, path: str) -> list[str]:
    return [link.attrs["href"] for link in page.all("a") if link.attrs["href"].startswith(path)]


def test_days_in_the_trash_are_those_of_the_trash(
    signed_in: SignedIn, teacher: User, file: ReplayFile, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(details, "IN_TRASH_FOR", dt.timedelta(days=3))

    page = page_of(signed_in(teacher, "en"), file.replay)

    assert page.one("section", id="delete").all("p")[0].text == (
        "It goes to the trash for 3 days and can be restored during that time. After that it is deleted for good."
    )


class TestWhoSees:
    def test_those_it_concerns(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, file: ReplayFile
    ):
        path = f"/replays/{file.replay.code}/download/"
        may_download = {
            "student": False,
            "supervisor": False,
            "teacher": True,
            "assistant": True,
            "planner": True,
            "administrator": True,
            "superuser": True,
        }

        for who, may in may_download.items():
            page = page_of(signed_in(request.getfixturevalue(who)), file.replay)

            assert page.one("h1").text == file.replay.title, who
            assert links_to(page, path) == ([f"{path}?file=1"] * 2 if may else []), who
            assert bool(page.all("div", id="in-wechat")) is may, who

    def test_students_whom_the_lesson_lets_download(
        self, signed_in: SignedIn, student: User, file: ReplayFile
    ):
        Lesson.objects.update(students_may_download=True)

        page = page_of(signed_in(student), file.replay)

        assert page.link("下载") == f"/replays/{file.replay.code}/download/?file=1"

    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_others_find_nothing(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, replay: Replay, who: str
    ):
        answer = signed_in(request.getfixturevalue(who)).get(f"/replays/{replay.code}/")

        assert answer.status_code == 404
        assert replay.title not in answer.content.decode()

    def test_visitors_sign_in_first(self, client: Client, replay: Replay):
        path = f"/replays/{replay.code}/"

        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"

    def test_nothing_else_than_looking(self, office: Client, replay: Replay):
        assert office.post(f"/replays/{replay.code}/").status_code == 405

    @pytest.mark.parametrize(
        ("who", "expected"), [("administrator", 1), ("planner", 0), ("teacher", 0)]
    )
    def test_way_into_the_administration_for_administrators(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        replay: Replay,
        who: str,
        expected: int,
    ):
        page = page_of(signed_in(request.getfixturevalue(who)), replay)

        assert len(links_to(page, f"/admin/replays/replay/{replay.pk}/")) == expected


class TestWhatItSays:
    def test_line_below_the_name(self, office: Client, replay: Replay):
        Replay.objects.update(made_at=NOW, views=1, downloads=0)

        line = page_of(office, replay).one("span", "replay-counts").text

        assert line == "2021-06-03 21:55 | 总查看1次 | 总下载0次"

    def test_line_before_it_is_made_has_the_planned_start(self, office: Client, replay: Replay):
        Replay.objects.update(made_at=None, planned_start=NOW)

        line = page_of(office, replay).one("span", "replay-counts").text

        assert line == "2021-06-03 21:55 | 总查看0次 | 总下载0次"

    def test_facts_of_the_class(self, office: Client, lesson: Lesson, room: Room):
        Replay.objects.all().delete()
        replay = ReplayFactory.create(lesson=lesson, room=room)
        day = f"{school_time(1, 8):%Y-%m-%d}"

        page = page_of(office, replay)

        assert facts(page) == {
            "讲次": lesson.title,
            "课程": "语文课",
            "课堂号": "106101309",
            "课堂类型": "互动班课",
            "授课老师": "李老师",
            "助教": "陈助教",
            "班级": "三年级1班",
            "计划时间": f"{day} 08:00–08:45",
            "实际上课": f"{day} 08:02–08:46",
        }
        assert page.one("dl").link(lesson.title) == f"/schedule/lessons/{lesson.code}/"

    def test_trail(self, office: Client, lesson: Lesson, room: Room):
        Replay.objects.all().delete()
        found = school_time(1, 8, 55)
        replay = ReplayFactory.create(
            lesson=lesson, room=room, found_at=found, found_by=Source.POLL
        )
        day = f"{found:%Y-%m-%d}"

        steps = page_of(office, replay).one("ol", "trail").all("li")

        by = Source.POLL.label
        assert [step.text for step in steps] == [
            f"开始上课 {day} 08:02:00",
            f"下课 {day} 08:46:00",
            f"找到录像 {day} 08:55:00 · {by}",
        ]

    def test_replay_without_a_lesson(self, office: Client, other_teacher: User):
        room = Room.objects.create(lesson=None, room_id=9, sdk_app_id=1, reason=RoomReason.ADOPTED)
        replay = ReplayFactory.create(
            lesson=None,
            room=room,
            title="found",
            room_type=3,
            planned_start=NOW,
            planned_end=NOW + 45 * MINUTE,
        )

        assert facts(page_of(office, replay)) == {
            "讲次": "found",
            "课堂号": "9",
            "课堂类型": "圆桌会议",
            "授课老师": "–",
            "计划时间": "2021-06-03 21:55–22:40",
        }

    def test_address_is_our_own(self, office: Client, replay: Replay):
        page = page_of(office, replay, "?file=1")

        field = page.one("input", id="replay-address")
        button = page.one("button", **{"data-copies": "replay-address"})
        assert field.attrs["value"] == f"http://testserver/replays/{replay.code}/"
        assert "hidden" in button.attrs

    def test_in_english(self, signed_in: SignedIn, planner: User, file: ReplayFile):
        Replay.objects.update(made_at=NOW, views=2, downloads=1)

        page = page_of(signed_in(planner, "en"), file.replay)

        line = page.one("span", "replay-counts").text
        assert line == "2021-06-03 21:55 | 2 views | 1 download"


class TestFiles:
    def test_table(self, office: Client, file: ReplayFile):
        ReplayFileFactory.create(replay=file.replay, number=2, gone_at=NOW)
        ReplayFileFactory.create(
            replay=file.replay,
            number=3,
            duration_s=3_723,
            size_bytes=None,
            file_format="hls",
        )

        assert table_of(page_of(office, file.replay)) == [
            ["文件", "格式", "时长", "大小", "操作"],
            ["第 1 段", "MP4", "0:45:00", "337.67M", "播放 第 1 段 下载 第 1 段"],
            # A playlist is no file that could be saved.
            ["第 2 段", "HLS", "1:02:03", "大小未知", "播放 第 2 段"],
        ]

    def test_says_when_each_was_recorded_and_which_run_beside_another(
        self, signed_in: SignedIn, planner: User, replay: Replay
    ):
        for number, (start, stop) in enumerate([(8, 9), (9, 10), (8, 10)], start=1):
            ReplayFileFactory.create(
                replay=replay,
                number=number,
                started_at=school_time(1, start),
                stopped_at=school_time(1, stop),
            )

        page = page_of(signed_in(planner, "en"), replay)

        notes = [
            [hint.text for hint in row.one("th").all("span", **{"class": "hint"})]
            for row in page.one("table", "files").one("tbody").all("tr")
        ]
        day = f"{school_time(1, 8):%Y-%m-%d}"
        assert notes == [
            [f"{day} 08:00"],
            [f"{day} 09:00"],
            [f"{day} 08:00", "same time as part 1"],
        ]

    @pytest.mark.parametrize(
        ("query", "number"), [("", 1), ("?file=2", 2), ("?file=3", 1), ("?file=x", 1)]
    )
    def test_player_has_the_chosen_one(
        self, office: Client, file: ReplayFile, query: str, number: int
    ):
        ReplayFileFactory.create(replay=file.replay, number=2)

        video = page_of(office, file.replay, query).one("video")

        assert video.attrs["src"] == f"/replays/{file.replay.code}/play/?file={number}"
        assert video.attrs["aria-label"] == f"{file.replay.title} · 第 {number} 段"
        assert video.attrs["preload"] == "none"
        assert "controls" in video.attrs

    @pytest.mark.parametrize("who", ["student", "teacher", "planner"])
    def test_no_page_shows_an_address_of_the_cloud(
        self, request: pytest.FixtureRequest, signed_in: SignedIn, file: ReplayFile, who: str
    ):
        client = signed_in(request.getfixturevalue(who))
        lesson = file.replay.lesson
        assert lesson is not None
        host = "myqcloud"
        assert host in file.url

        for path in (
            "/replays/",
            f"/replays/{file.replay.code}/",
            f"/schedule/lessons/{lesson.code}/",
        ):
            assert host not in client.get(path).content.decode(), path

    def test_nothing_to_play_unless_ready(self, office: Client, file: ReplayFile):
        for state in ReplayState:
            if state == ReplayState.READY:
                continue
            Replay.objects.update(state=state)

            page = page_of(office, file.replay)

            assert (state, page.all("video"), page.all("table")) == (state, [], [])
            assert links_to(page, f"/replays/{file.replay.code}/download/") == [], state


def test_number_of_queries_does_not_grow_with_files(
    office: Client, file: ReplayFile, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(15) as one:
        page_of(office, file.replay)
    for number in range(2, 5):
        ReplayFileFactory.create(replay=file.replay, number=number)

    with django_assert_max_num_queries(len(one.captured_queries)):
        page_of(office, file.replay)


class TestDetails:
    """The page folds away what people need seldom of a replay that is there."""

    def test_of_a_ready_one_are_closed_and_say_how_it_came(self, office: Client, file: ReplayFile):
        page = page_of(office, file.replay)

        details = page.one("details", "replay-details")
        assert "open" not in details.attrs
        assert len(page.all("section", **{"aria-label": "状态"})) == 1
        assert "录像已就绪。" in details.one("section", **{"aria-label": "状态"}).text

    def test_of_another_one_are_open_below_its_state(self, office: Client, replay: Replay):
        Replay.objects.update(state=ReplayState.PROCESSING)

        page = page_of(office, replay)

        details = page.one("details", "replay-details")
        assert "open" in details.attrs
        assert details.all("section", **{"aria-label": "状态"}) == []
        assert len(page.all("section", **{"aria-label": "状态"})) == 1

    def test_head_says_course_class_groups_teacher_and_when(
        self, office: Client, lesson: Lesson, replay: Replay
    ):
        with time_machine.travel(lesson.ends_at):
            head = page_of(office, replay).one("span", "replay-class")

        assert head.text == "语文课 · 三年级1班 · 李老师 · 今天 08:00"
        assert head.link("语文课") == f"/schedule/lessons/{lesson.code}/"
