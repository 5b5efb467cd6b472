"""The page of one replay: what it says in each state, what it plays, and what it never shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from classroom.enums import Source
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.enums import CloudStatus, RoomReason
from schedule.models import Lesson, Room
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory, ReplayFileFactory
from tests.factories.schedule import school_time
from tests.support.pages import Element, read, table_of

pytestmark = pytest.mark.django_db

# 21:55 in the school's time.
NOW = dt.datetime(2021, 6, 3, 13, 55, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def document_of(client: Client, replay: Replay, query: str = "") -> Element:
    response = client.get(f"/replays/{replay.code}/{query}")
    assert response.status_code == 200
    return read(response.content)


def page_of(client: Client, replay: Replay, query: str = "") -> Element:
    return document_of(client, replay, query).one("main")


def facts(page: Element) -> dict[str, str]:
    heads, values = page.one("dl").all("dt"), page.one("dl").all("dd")
    return {head.text: value.text for head, value in zip(heads, values, strict=True)}


def situation(page: Element) -> list[str]:
    return [each.text for each in page.one("section", **{"aria-label": "状态"}).all("p")]


def links_to(page: Element, path: str) -> list[str]:
    return [link.attrs["href"] for link in page.all("a") if link.attrs["href"].startswith(path)]


def set_state(replay: Replay, state: ReplayState, reason: ReplayReason, **fields: Any) -> Replay:
    Replay.objects.filter(pk=replay.pk).update(
        state=state, reason=reason, state_since=NOW, **fields
    )
    return replay


@pytest.fixture
def office(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner)


@pytest.fixture
def room(lesson: Lesson) -> Room:
    Room.objects.filter(lesson=lesson).delete()
    return Room.objects.create(
        lesson=lesson,
        room_id=106_101_309,
        sdk_app_id=1,
        reason=RoomReason.AHEAD,
        cloud_status=CloudStatus.ENDED,
        real_started_at=school_time(1, 8, 2),
        real_ended_at=school_time(1, 8, 46),
    )


class TestWhoSees:
    @pytest.mark.parametrize(
        ("who", "may_download"),
        [
            ("student", False),
            ("supervisor", False),
            ("teacher", True),
            ("assistant", True),
            ("planner", True),
            ("administrator", True),
            ("superuser", True),
        ],
    )
    def test_those_it_concerns(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        file: ReplayFile,
        who: str,
        may_download: bool,
    ):
        page = page_of(signed_in(request.getfixturevalue(who)), file.replay)

        path = f"/replays/{file.replay.code}/download/"
        assert page.one("h1").text == file.replay.title
        assert links_to(page, path) == ([f"{path}?file=1"] * 2 if may_download else [])
        assert bool(page.all("div", id="in-wechat")) is may_download

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

    @pytest.mark.parametrize(("who", "expected"), [("planner", 1), ("teacher", 0), ("student", 0)])
    def test_way_into_the_administration_for_staff(
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

        line = page_of(office, replay).one("div", "replay-head").one("p").text

        assert line == "2021-06-03 21:55 | 总查看1次 | 总下载0次"

    def test_line_before_it_is_made_has_the_planned_start(self, office: Client, replay: Replay):
        Replay.objects.update(made_at=None, planned_start=NOW)

        line = page_of(office, replay).one("div", "replay-head").one("p").text

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

        line = page.one("div", "replay-head").one("p").text
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
            ["第 2 段", "HLS", "1:02:03", "大小未知", "播放 第 2 段 下载 第 2 段"],
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

    @pytest.mark.parametrize("state", [state for state in ReplayState if state != "ready"])
    def test_nothing_to_play_unless_ready(
        self, office: Client, file: ReplayFile, state: ReplayState
    ):
        Replay.objects.update(state=state)

        page = page_of(office, file.replay)

        assert page.all("video") == []
        assert page.all("table") == []
        assert links_to(page, f"/replays/{file.replay.code}/download/") == []


class TestSituation:
    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    @pytest.mark.parametrize(
        ("state", "reason", "sentence"),
        [
            (ReplayState.READY, ReplayReason.FOUND, "录像已就绪。"),
            (ReplayState.EXPECTED, ReplayReason.TO_COME, "还没到上课时间，上课时会录制。"),
            (
                ReplayState.RECORDING,
                ReplayReason.RUNNING,
                "正在上课并录制，下课后云端会生成文件。",
            ),
            (ReplayState.PROCESSING, ReplayReason.ENDED, "已下课，云端正在生成文件。"),
            (ReplayState.NONE, ReplayReason.NOT_RECORDED, "本课没有开启录制。"),
            (
                ReplayState.NONE,
                ReplayReason.SIGNALLING,
                "本课采用信令录制，不会生成视频文件。",
            ),
            (
                ReplayState.NONE,
                ReplayReason.NOT_STARTED_BY_HAND,
                "本课为手动录制，课上没有人开始录制。",
            ),
            (ReplayState.NONE, ReplayReason.CANCELLED, "这节课已取消，没有可录制的内容。"),
            (ReplayState.NONE, ReplayReason.NEVER_HELD, "没有人开始上课，所以没有录像。"),
            (
                ReplayState.FAILED,
                ReplayReason.ROOM_GONE,
                "课堂在云端被删除，录像也随之删除。",
            ),
            (
                ReplayState.FAILED,
                ReplayReason.GIVEN_UP,
                "课已上完，但云端 30 天内未提供录像。",
            ),
            (
                ReplayState.DELETED,
                ReplayReason.VANISHED,
                "录像曾经生成，后来在云端被删除。",
            ),
        ],
    )
    def test_says_since_when_and_why(
        self,
        office: Client,
        replay: Replay,
        state: ReplayState,
        reason: ReplayReason,
        sentence: str,
    ):
        set_state(replay, state, reason)

        said = situation(page_of(office, replay))

        assert said[0].endswith(f"{state.label} 自 2021-06-03 21:55 起")
        assert said[1] == sentence

    @pytest.mark.parametrize("reason", [each for each in ReplayReason if each != "found"])
    def test_says_what_to_do(self, office: Client, replay: Replay, reason: ReplayReason):
        set_state(replay, ReplayState.FAILED, reason)

        assert len(situation(page_of(office, replay))) == 3

    def test_class_that_did_not_begin_in_time_is_not_still_to_come(
        self, office: Client, replay: Replay
    ):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME, planned_end=NOW)

        assert situation(page_of(office, replay))[1:] == [
            "计划时间已过，还没有人开始上课。若一直没有，一天后记为未上课。"
        ]

    @pytest.mark.parametrize(
        ("asked", "upcoming", "expected"),
        [
            (-4, 3, "上次向云端查询：21:51，下次：21:58。"),
            (None, 3, "将于 21:58 向云端查询。"),
            (-4, -1, "上次向云端查询：21:51，下次：21:55。"),
            (-24 * 60, 125, "上次向云端查询：2021-06-02 21:55，下次：2021-06-04 00:00。"),
        ],
    )
    def test_says_when_the_cloud_is_asked(
        self, office: Client, replay: Replay, asked: int | None, upcoming: int, expected: str
    ):
        set_state(
            replay,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
            asked_at=None if asked is None else NOW + asked * MINUTE,
            next_ask_at=NOW + upcoming * MINUTE,
        )

        assert situation(page_of(office, replay))[2] == expected

    def test_says_that_the_cloud_does_not_answer(self, office: Client, replay: Replay):
        set_state(
            replay,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
            asked_at=NOW - 9 * MINUTE,
            unanswered_since=NOW - 5 * MINUTE,
            next_ask_at=NOW + MINUTE,
        )

        assert situation(page_of(office, replay))[2] == (
            "自 21:50 起联系不上云端，21:56 再试。不会丢失：录像仍在云端。"
        )

    @pytest.mark.parametrize(
        "state", [ReplayState.READY, ReplayState.NONE, ReplayState.FAILED, ReplayState.DELETED]
    )
    def test_says_nothing_of_asking_when_nothing_is_to_come(
        self, office: Client, replay: Replay, state: ReplayState
    ):
        set_state(
            replay,
            state,
            ReplayReason.GIVEN_UP,
            unanswered_since=NOW - 5 * MINUTE,
            next_ask_at=NOW + MINUTE,
        )

        assert [each for each in situation(page_of(office, replay)) if "21:56" in each] == []

    def test_says_that_nobody_can_ask_for_the_class_itself(
        self, office: Client, replay: Replay, room: Room
    ):
        Room.objects.filter(pk=room.pk).update(
            unanswered_since=NOW - 5 * MINUTE, next_look_at=NOW + MINUTE
        )
        set_state(replay, ReplayState.RECORDING, ReplayReason.RUNNING, room=room)

        assert situation(page_of(office, replay))[2] == (
            "自 21:50 起联系不上云端，21:56 再试。不会丢失：录像仍在云端。"
        )

    @pytest.mark.parametrize("state", ReplayState)
    def test_page_looks_again_while_something_is_to_come_soon(
        self, office: Client, replay: Replay, state: ReplayState
    ):
        set_state(replay, state, ReplayReason.ENDED)

        document = document_of(office, replay)

        # Where there are scripts, one looks again without a jump of the page.
        refreshes = [
            each.attrs["content"]
            for noscript in document.all("noscript")
            for each in noscript.all("meta", **{"http-equiv": "refresh"})
        ]
        is_soon = state in {ReplayState.RECORDING, ReplayState.PROCESSING}
        assert refreshes == (["30"] if is_soon else [])
        assert bool(document.all("script", src="/static/js/look-again.js")) is is_soon
        assert ("本页每 30 秒自动更新。" in situation(document.one("main"))) is is_soon


def test_number_of_queries_does_not_grow_with_files(
    office: Client, file: ReplayFile, django_assert_max_num_queries: Any
):
    with django_assert_max_num_queries(12) as one:
        page_of(office, file.replay)
    for number in range(2, 9):
        ReplayFileFactory.create(replay=file.replay, number=number)

    with django_assert_max_num_queries(len(one.captured_queries)):
        page_of(office, file.replay)
