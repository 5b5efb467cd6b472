"""The page of a lesson says how its replays stand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine

from accounts.models import User
from accounts.permissions import Relation
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay
from replays.panels import lesson_replay_panel, past_replay_states
from schedule.hooks import SeenLessons
from schedule.models import Lesson
from schedule.timetable.page_facts import lesson_facts
from schedule.timetable.timetable_rows import LessonRow
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import LessonFactory, school_time
from tests.support.pages import Element, read, table_of
from tests.support.replays import replay_of_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_china")]

SINCE = dt.datetime(2021, 6, 3, 13, 55, tzinfo=dt.UTC)
STUDENT = frozenset({Relation.ANYBODY, Relation.STUDENT})


def row_of(lesson: Lesson) -> LessonRow:
    """The lesson as its page reads it."""
    facts = lesson_facts(lesson.code)
    assert facts is not None
    return facts.lesson


def lines(signed_in: SignedIn, user: User, lesson: Lesson) -> list[Element]:
    response = signed_in(user).get(f"/schedule/lessons/{lesson.code}/")
    assert response.status_code == 200
    return [each for ul in read(response.content).all("ul", "panel-lines") for each in ul.all("li")]


@pytest.mark.parametrize("who", ["student", "teacher", "assistant", "supervisor", "planner"])
def test_state_and_the_way_to_it(
    request: pytest.FixtureRequest, signed_in: SignedIn, lesson: Lesson, replay: Replay, who: str
):
    Replay.objects.update(state_since=SINCE)

    (line,) = lines(signed_in, request.getfixturevalue(who), lesson)

    assert line.text == "✓ 可播放 自 2021-06-03 21:55 起 查看回放"
    assert line.link("查看回放") == f"/replays/{replay.code}/"


def test_waiting_says_why(signed_in: SignedIn, lesson: Lesson, replay: Replay, teacher: User):
    Replay.objects.update(
        state=ReplayState.PROCESSING, reason=ReplayReason.ENDED, state_since=SINCE
    )

    (line,) = lines(signed_in, teacher, lesson)

    assert line.text == ("◌ 生成中 已下课，正在生成录像 · 自 2021-06-03 21:55 起 查看回放")


def test_one_to_come_says_no_moment(
    signed_in: SignedIn, lesson: Lesson, replay: Replay, teacher: User
):
    Replay.objects.update(
        state=ReplayState.EXPECTED, reason=ReplayReason.TO_COME, state_since=SINCE
    )

    (line,) = lines(signed_in, teacher, lesson)

    assert line.text.startswith("○ 待录制 ")
    assert "自" not in line.text
    assert not line.text.removesuffix(" 查看回放").endswith("·")


def test_lesson_without_a_replay_says_nothing(lesson: Lesson):
    Replay.objects.all().delete()

    assert lesson_replay_panel(lesson, STUDENT, lesson.teacher) is None


def test_nothing_for_those_who_may_not_see_it(lesson: Lesson, replay: Replay):
    assert lesson_replay_panel(lesson, {Relation.ANYBODY}, lesson.teacher) is None
    assert lesson_replay_panel(lesson, STUDENT, lesson.teacher) is not None


def test_several_stand_newest_first_without_those_that_tell_nothing(
    signed_in: SignedIn, lesson: Lesson, replay: Replay, teacher: User
):
    Replay.objects.filter(pk=replay.pk).delete()
    first = replay_of_session(lesson, 1, made_at=school_time(1, 8, 10), state_since=SINCE)
    second = replay_of_session(lesson, 2, made_at=school_time(1, 9), state_since=SINCE)
    replay_of_session(lesson, 3, state=ReplayState.NONE)

    found = lines(signed_in, teacher, lesson)

    assert [line.one("a").attrs["href"] for line in found] == [
        f"/replays/{second.code}/",
        f"/replays/{first.code}/",
    ]
    assert [line.text for line in found] == [
        f"回放（第 {number} 次）： ✓ 可播放 自 2021-06-03 21:55 起 查看回放 {300_000_000 + number}"
        for number in (2, 1)
    ]


def test_none_is_told_when_there_is_nothing_else(
    signed_in: SignedIn, lesson: Lesson, replay: Replay, teacher: User
):
    Replay.objects.update(
        state=ReplayState.NONE, reason=ReplayReason.NOT_RECORDED, state_since=SINCE
    )

    (line,) = lines(signed_in, teacher, lesson)

    assert line.text == "— 无回放 本课未开启录制 · 自 2021-06-03 21:55 起 查看回放"


def test_one_query_however_many(lesson: Lesson, replay: Replay, django_assert_num_queries: Any):
    for number in (2, 3, 4):
        replay_of_session(lesson, number)

    with django_assert_num_queries(1):
        panel = lesson_replay_panel(lesson, STUDENT, lesson.teacher)

    assert panel is not None
    assert len(panel.content["lines"]) == 4  # type: ignore[arg-type] # a list


class TestWeek:
    """The entries beside the past lessons of a week."""

    def week_after(self, signed_in: SignedIn, user: User, lesson: Lesson, **wait: float) -> Element:
        with time_machine.travel(lesson.ends_at + dt.timedelta(**wait), tick=False):
            path = f"/schedule/{school_time(1, 8):%Y-%m-%d}/"
            response = signed_in(user).get(path)
        assert response.status_code == 200
        return read(response.content)

    @pytest.mark.parametrize("who", ["student", "teacher", "assistant"])
    def test_state_stands_behind_the_lesson_and_leads_to_the_replay(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        lesson: Lesson,
        replay: Replay,
        who: str,
    ):
        user = request.getfixturevalue(who)

        page = self.week_after(signed_in, user, lesson, hours=1)

        _, first_hour, *_ = table_of(page)
        (cell,) = (text for text in first_hour[1:] if text)
        assert cell.startswith("语文课 08:00 ")
        assert cell.endswith(" ✓ 已结束 回放 ✓ 可播放")
        for part in (page.one("table"), page.one("ol", "day-list")):
            assert part.link("回放 ✓ 可播放") == f"/replays/{replay.code}/"
            # A link holds no other.
            assert part.one("a", href=f"/schedule/lessons/{lesson.code}/").all("a") == []

    def test_lesson_to_come_and_one_that_runs_have_none(
        self, signed_in: SignedIn, teacher: User, lesson: Lesson, replay: Replay
    ):
        page = self.week_after(signed_in, teacher, lesson, minutes=-1)

        assert page.all("a", "lesson-linked") == []

    def test_what_was_or_should_be_recorded_is_told(
        self, signed_in: SignedIn, teacher: User, lesson: Lesson, replay: Replay
    ):
        expected = {
            ReplayState.PROCESSING: ["回放 ◌ 生成中"],
            ReplayState.FAILED: ["回放 ✕ 失败"],
            ReplayState.EXPECTED: [],
            ReplayState.NONE: [],
            ReplayState.DELETED: [],
        }

        shown = {}
        for state in expected:
            Replay.objects.update(state=state)
            page = self.week_after(signed_in, teacher, lesson, hours=1)
            shown[state] = [each.text for each in page.one("table").all("a", "lesson-linked")]

        assert shown == expected

    def test_of_several_the_latest_that_can_be_played(self, lesson: Lesson, replay: Replay):
        newer = replay_of_session(lesson, 2, made_at=school_time(1, 9))
        replay_of_session(lesson, 3, made_at=school_time(1, 10), state=ReplayState.FAILED)

        seen: SeenLessons = {row_of(lesson): STUDENT}

        found = past_replay_states(seen, lesson.ends_at)

        assert found[lesson.pk].address == f"/replays/{newer.code}/"

    def test_nobody_hears_of_a_replay_that_is_not_theirs(self, lesson: Lesson, replay: Replay):
        seen: SeenLessons = {row_of(lesson): frozenset({Relation.ANYBODY})}

        assert past_replay_states(seen, lesson.ends_at) == {}

    def test_follow_from_what_was_read_with_the_lessons(
        self, lesson: Lesson, replay: Replay, django_assert_num_queries: Any
    ):
        other = LessonFactory.create()
        ReplayFactory.create(lesson=other)
        lessons = [row_of(lesson), row_of(other)]
        seen: SeenLessons = dict.fromkeys(lessons, STUDENT)

        with django_assert_num_queries(0):
            states = past_replay_states(seen, max(each.ends_at for each in lessons))
            before = past_replay_states(seen, min(each.starts_at for each in lessons))

        assert (len(states), before) == (2, {})
