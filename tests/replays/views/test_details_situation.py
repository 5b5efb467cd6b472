"""The page of a replay says in each state: since when, why, and when the cloud is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from accounts.models import User
from replays.enums import Audience, ReplayReason, ReplayState
from replays.models import Replay
from replays.wording import explain
from schedule.enums import CloudStatus
from schedule.models import Room, RoomPolling
from tests.cast import SignedIn
from tests.support.pages import Element, read
from tests.support.replays import document_of, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

# 21:55 in the school's time.
NOW = dt.datetime(2021, 6, 3, 13, 55, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


SENTENCES = {
    (ReplayState.READY, ReplayReason.FOUND): "录像已就绪。",
    (ReplayState.EXPECTED, ReplayReason.TO_COME): "还没到上课时间，上课时会录制。",
    (ReplayState.RECORDING, ReplayReason.RUNNING): "正在上课并录制，下课后生成文件。",
    (ReplayState.PROCESSING, ReplayReason.ENDED): "已下课，正在生成文件。",
    (ReplayState.NONE, ReplayReason.NOT_RECORDED): "这节课没有开启录制，上课前仍可开启。",
    (ReplayState.NONE, ReplayReason.NOT_STARTED_BY_HAND): "本课为手动录制，课上没有人开始录制。",
    (ReplayState.NONE, ReplayReason.CANCELLED): "这节课已取消，没有可录制的内容。",
    (ReplayState.NONE, ReplayReason.NEVER_HELD): "没有人开始上课，所以没有录像。",
    (ReplayState.FAILED, ReplayReason.ROOM_GONE): "课堂已被删除，录像也随之删除。",
    (ReplayState.FAILED, ReplayReason.GIVEN_UP): "课已上完，但 30 天内一直没有出现录像。",
    (
        ReplayState.DELETED,
        ReplayReason.VANISHED,
    ): "录像曾经生成，后来被删除，但不是在本平台删除的。",
}


def situation(page: Element) -> list[str]:
    return [each.text for each in page.one("section", **{"aria-label": "状态"}).all("p")]


def set_state(replay: Replay, state: ReplayState, reason: ReplayReason, **fields: Any) -> Replay:
    Replay.objects.filter(pk=replay.pk).update(
        state=state, reason=reason, state_since=NOW, **fields
    )
    return replay


class TestSituation:
    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    def test_says_since_when_and_why(self, office: Client, replay: Replay):
        for state, reason in (
            (ReplayState.READY, ReplayReason.FOUND),
            (ReplayState.FAILED, ReplayReason.GIVEN_UP),
        ):
            set_state(replay, state, reason)

            said = situation(page_of(office, replay))

            assert said[0].endswith(f"{state.label} 自 今天 21:55 起"), reason
            assert said[1] == SENTENCES[state, reason], reason

    def test_one_to_come_is_so_since_no_moment(self, office: Client, replay: Replay):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME)

        assert situation(page_of(office, replay))[0] == "○ 待录制"

    def test_each_reason_has_its_sentence(self, replay: Replay):
        said = {}
        for replay.state, replay.reason in SENTENCES:
            with translation.override("zh-hans"):
                said[replay.state, replay.reason] = explain(replay, NOW).sentence

        assert said == SENTENCES

    def test_says_what_to_do(self, office: Client, replay: Replay):
        set_state(replay, ReplayState.FAILED, ReplayReason.GIVEN_UP)

        said = situation(page_of(office, replay))

        advice = explain(Replay.objects.get(pk=replay.pk), NOW, audience=Audience.STAFF).advice
        assert said[2:] == [advice]

    def test_for_each_reason_there_is_something_to_do(self, replay: Replay):
        reasons = [each for each in ReplayReason if each != ReplayReason.FOUND]
        replay.state = ReplayState.FAILED

        advised = {}
        for replay.reason in reasons:
            advised[replay.reason] = explain(replay, NOW, audience=Audience.STAFF).advice

        assert [reason for reason in reasons if not advised[reason]] == []

    @pytest.mark.parametrize(
        ("who", "sentence"),
        [
            ("planner", "If it is still needed, ask its teacher for a copy."),
            ("student", "Ask the school for a copy."),
        ],
    )
    def test_staff_are_not_sent_to_the_school_for_what_was_deleted_for_good(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        replay: Replay,
        who: str,
        sentence: str,
    ):
        set_state(replay, ReplayState.DELETED, ReplayReason.DELETED_HERE)

        page = page_of(signed_in(request.getfixturevalue(who), "en"), replay)

        said = page.one("section", **{"aria-label": "State"}).all("p")
        assert said[-1].text == sentence

    def test_class_that_did_not_begin_in_time_is_not_still_to_come(
        self, office: Client, replay: Replay
    ):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME, planned_end=NOW)

        assert situation(page_of(office, replay))[1:] == [
            "计划时间已过，还没有人开始上课。若一直没有，一天后记为未上课。"
        ]

    def test_says_when_the_cloud_is_asked(self, office: Client, replay: Replay):
        expected = {
            (-4, 3): "平台上次查询：21:51，下次：21:58。",
            (None, 3): "平台将于 21:58 查询。",
            (-4, -1): "平台上次查询：21:51，下次：21:55。",
            (-24 * 60, 125): "平台上次查询：2021-06-02 21:55，下次：2021-06-04 00:00。",
        }

        said = {}
        for asked, upcoming in expected:
            set_state(
                replay,
                ReplayState.PROCESSING,
                ReplayReason.ENDED,
                asked_at=None if asked is None else NOW + asked * MINUTE,
                due_at=NOW + upcoming * MINUTE,
            )
            said[asked, upcoming] = situation(page_of(office, replay))[2]

        assert said == expected

    def test_says_that_the_cloud_does_not_answer(self, office: Client, replay: Replay):
        set_state(
            replay,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
            asked_at=NOW - 9 * MINUTE,
            unreachable_since=NOW - 5 * MINUTE,
            due_at=NOW + MINUTE,
        )

        assert situation(page_of(office, replay))[2] == (
            "自 21:50 起联系不上课堂服务，21:56 再试。不会因此丢失：已录制的内容会保留。"
        )

    @pytest.mark.parametrize(("answered_ago", "is_late"), [(MINUTE, True), (40 * MINUTE, False)])
    def test_late_one_stays_late_while_the_cloud_does_not_answer(
        self, office: Client, replay: Replay, answered_ago: dt.timedelta, is_late: bool
    ):
        set_state(
            replay,
            ReplayState.PROCESSING,
            ReplayReason.ENDED,
            planned_end=NOW - 60 * MINUTE,
            asked_at=NOW - answered_ago,
            unreachable_since=NOW - MINUTE,
            due_at=NOW + MINUTE,
        )

        said = " ".join(situation(page_of(office, replay)))

        # As old as the class was at the last answer.
        assert ("下课 59 分钟后仍没有这节课的录像" in said) is is_late
        assert "起联系不上课堂服务" in said

    @pytest.mark.parametrize(
        ("begins_in", "said"),
        [
            (60 * MINUTE, ["这节课没有开启录制，上课前仍可开启。", "教务可以在课程表中开启。"]),
            (-MINUTE, ["本课没有开启录制。", "以后的课请在上课前到课程表中开启录制。"]),
        ],
    )
    def test_recording_can_be_switched_on_until_the_class_begins(
        self, office: Client, replay: Replay, begins_in: dt.timedelta, said: list[str]
    ):
        set_state(
            replay,
            ReplayState.NONE,
            ReplayReason.NOT_RECORDED,
            planned_start=NOW + begins_in,
            planned_end=NOW + 100 * MINUTE,
        )

        assert situation(page_of(office, replay))[1:3] == said

    def test_recording_cannot_be_switched_on_in_a_class_that_began_early(
        self, office: Client, replay: Replay, room: Room
    ):
        Room.objects.filter(pk=room.pk).update(cloud_status=CloudStatus.RUNNING)
        set_state(
            replay,
            ReplayState.NONE,
            ReplayReason.NOT_RECORDED,
            room=room,
            planned_start=NOW + 10 * MINUTE,
            planned_end=NOW + 100 * MINUTE,
        )

        said = situation(page_of(office, replay))

        assert said[1:3] == ["本课没有开启录制。", "以后的课请在上课前到课程表中开启录制。"]

    def test_says_nothing_of_asking_when_nothing_is_to_come(self, office: Client, replay: Replay):
        for state in (
            ReplayState.READY,
            ReplayState.NONE,
            ReplayState.FAILED,
            ReplayState.DELETED,
        ):
            set_state(
                replay,
                state,
                ReplayReason.GIVEN_UP,
                unreachable_since=NOW - 5 * MINUTE,
                due_at=NOW + MINUTE,
            )

            said = situation(page_of(office, replay))
            assert (state, [each for each in said if "21:56" in each]) == (state, [])

    def test_says_that_nobody_can_ask_for_the_class_itself(
        self, office: Client, replay: Replay, room: Room
    ):
        RoomPolling.objects.create(
            room=room, unreachable_since=NOW - 5 * MINUTE, due_at=NOW + MINUTE
        )
        set_state(replay, ReplayState.RECORDING, ReplayReason.RUNNING, room=room)

        assert situation(page_of(office, replay))[2] == (
            "自 21:50 起联系不上课堂服务，21:56 再试。不会因此丢失：已录制的内容会保留。"
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
        is_followed = is_soon or state is ReplayState.EXPECTED
        assert bool(document.all("script", src="/static/js/live.js")) is is_followed
        assert [each.attrs["data-every-s"] for each in document.all("div", id="live")] == (
            ["30" if is_soon else "60"] if is_followed else []
        )
        assert ("本页每 30 秒自动更新。" in situation(document.one("main"))) is is_soon


class TestUnchanged:
    """A script that looks again says what it has already."""

    @pytest.fixture(autouse=True)
    def _now(self) -> Iterator[None]:
        with time_machine.travel(NOW, tick=False):
            yield

    @pytest.fixture
    def path(self, replay: Replay) -> str:
        set_state(replay, ReplayState.PROCESSING, ReplayReason.ENDED, due_at=NOW + MINUTE)
        return f"/replays/{replay.code}/"

    def test_nothing_is_sent_after_session_person_and_two_queries(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        path: str,
        django_assert_num_queries: Any,
    ):
        for who in ("planner", "teacher", "assistant", "student"):
            client = signed_in(request.getfixturevalue(who))
            known = client.get(path)["X-Page-Version"]

            with django_assert_num_queries(4, info=who):
                answer = client.get(path, headers={"X-Page-Version": known})

            assert (answer.status_code, answer.content) == (204, b""), who
            assert answer["Cache-Control"] == "private, no-store", who

    @pytest.mark.parametrize(
        "change",
        [
            {"state": ReplayState.READY, "reason": ReplayReason.FOUND},
            {"due_at": NOW + 2 * MINUTE},
            {"unreachable_since": NOW},
        ],
    )
    def test_whatever_is_shown_anew_is_sent(
        self, office: Client, path: str, change: dict[str, Any]
    ):
        known = office.get(path)["X-Page-Version"]
        Replay.objects.update(**change)

        answer = office.get(path, headers={"X-Page-Version": known})

        assert answer.status_code == 200
        assert answer["X-Page-Version"] != known

    def test_people_get_the_page(self, office: Client, path: str):
        office.get(path)

        assert office.get(path).status_code == 200

    def test_foreign_one_is_not_there(
        self, office: Client, signed_in: SignedIn, outsider: User, path: str
    ):
        known = office.get(path)["X-Page-Version"]

        answer = signed_in(outsider).get(path, headers={"X-Page-Version": known})

        assert answer.status_code == 404

    def test_script_gets_the_state_alone(self, office: Client, path: str):
        parts = read(office.get(path, headers={"X-Page-Version": "x"}).content)

        assert parts.all("html") == []
        assert [each.attrs["data-live"] for each in parts.all() if "data-live" in each.attrs] == [
            "state",
            "ask",
        ]
        assert parts.one("div", id="live").attrs["data-url"] == path

    def test_what_is_there_has_the_whole_page_loaded(self, office: Client, path: str):
        Replay.objects.update(state=ReplayState.READY, reason=ReplayReason.FOUND)

        parts = read(office.get(path, headers={"X-Page-Version": "x"}).content)

        assert parts.all("div", id="live") == []


class TestExpected:
    """Before and during its class, the page asks when that begins, and when it ends."""

    @pytest.mark.parametrize(("minutes", "next_s"), [(-5, "300"), (0, "2700"), (44, "60")])
    def test_asks_at_the_next_moment(
        self, office: Client, replay: Replay, minutes: int, next_s: str
    ):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME)
        Replay.objects.update(planned_start=NOW, planned_end=NOW + 45 * MINUTE)

        with time_machine.travel(NOW + minutes * MINUTE, tick=False):
            live = document_of(office, replay).one("div", id="live")

        assert live.attrs["data-in-s"] == next_s

    def test_class_that_is_over_can_be_asked_about(self, office: Client, replay: Replay):
        set_state(replay, ReplayState.EXPECTED, ReplayReason.TO_COME)
        Replay.objects.update(planned_start=NOW, planned_end=NOW + 45 * MINUTE, room_number=5)
        path = f"/replays/{replay.code}/"
        with time_machine.travel(NOW + 44 * MINUTE, tick=False):
            known = office.get(path)["X-Page-Version"]

        with time_machine.travel(NOW + 45 * MINUTE, tick=False):
            answer = office.get(path, headers={"X-Page-Version": known})

        assert read(answer.content).one("form").attrs["action"] == f"{path}ask/"
