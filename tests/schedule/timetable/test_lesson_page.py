"""The page of one lesson: who sees it, what it says, and which doors it offers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import User
from courseware.enums import Release
from edu_platform.lib.moments import weekday_label
from replays.enums import ReplayState
from schedule.absences.writing import stand_in
from schedule.enums import ActionOrigin, CloudStatus, DayKind, RecordMode, RoomReason
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.plan import plan_of
from schedule.models import Lesson, LessonChange, PlanningAction, Room, RoomPolling, TermDay
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from schedule.timetable.page_facts import lesson_facts
from schedule.week_grid import monday_of
from tests.cast import SignedIn
from tests.factories.courseware import BindingFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import TermFactory, WeeklyLessonFactory
from tests.schedule.conftest import LessonAt
from tests.support.lessons import changed
from tests.support.pages import Element, facts, main, read

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody_of_it(teacher: User, assistant: User, student: User) -> list[User]:
    return [teacher, assistant, student]


@pytest.fixture
def staff(planner: User, administrator: User, superuser: User) -> list[User]:
    return [planner, administrator, superuser]


def path_of(lesson: Lesson) -> str:
    return f"/schedule/lessons/{lesson.code}/"


def page_of(client, lesson: Lesson) -> Element:
    response = client.get(path_of(lesson))
    assert response.status_code == 200
    return read(response.content).one("main")


def enter_buttons(page: Element, lesson: Lesson) -> list[str]:
    return [form.one("button").text for form in page.forms_to(f"{path_of(lesson)}enter/")]


def test_lesson_that_takes_a_period_says_so(signed_in: SignedIn, student, lesson: Lesson) -> None:
    starts, ends = map(timezone.localtime, (lesson.starts_at, lesson.ends_at))
    term = TermFactory.create(first_monday=monday_of(starts.date()))
    assert "节" not in page_of(signed_in(student), lesson).one("h1").text

    set_bell_times(term, [BellSpan(starts.time(), ends.time())])

    heading = page_of(signed_in(student), lesson).one("h1").text
    assert heading == f"语文课 · 第1节 {starts:%H:%M}–{ends:%H:%M}"


class TestShouldHaveBegun:
    """The cloud says whether a class runs where that is known, else the plan does."""

    WORDS = "◌ 应已开始，还没有人上课"

    @pytest.fixture
    def due(self, lesson_from_now: LessonAt) -> Lesson:
        lesson = lesson_from_now(-5, 40)
        Room.objects.create(lesson=lesson, room_id=5, sdk_app_id=1, asked_at=timezone.now())
        return lesson

    def test_is_said_where_the_cloud_says_that_nobody_began(
        self, signed_in: SignedIn, student, due: Lesson
    ) -> None:
        client = signed_in(student)
        # Just after midnight, perhaps last week's.
        week_path = f"/schedule/{timezone.localdate(due.starts_at)}/"
        for status in (CloudStatus.EXPIRED, CloudStatus.NOT_STARTED):
            Room.objects.update(cloud_status=status)

            lesson_page, week = page_of(client, due), read(client.get(week_path).content)

            for said in (
                lesson_page.one("span", "mark-waiting"),
                week.one("section", "next-lesson").one("span", "mark-waiting"),
                week.one("a", "lesson").one("span", "mark-waiting"),
                week.one("a", "day-lesson").one("span", "mark-waiting"),
            ):
                assert said.text == self.WORDS, status
            assert "正在上课" not in week.text, status
            assert not week.all("a", "is-running"), status
            assert enter_buttons(lesson_page, due) == ["进入课堂"], status

        page = page_of(signed_in(student, "en"), due)
        assert page.one("span", "mark-waiting").text == ("◌ Not started yet")

    def test_is_said_while_the_room_of_a_class_opened_again_is_being_made(
        self, signed_in: SignedIn, student, due: Lesson
    ) -> None:
        Room.objects.update(cloud_status=CloudStatus.ENDED, is_current=False)
        Room.objects.create(lesson=due, sdk_app_id=1, generation=2, reason=RoomReason.REOPENED)

        assert page_of(signed_in(student), due).one("span", "mark-waiting").text == self.WORDS

    def test_not_before_its_time(self, signed_in: SignedIn, teacher, due: Lesson) -> None:
        Lesson.objects.update(starts_at=timezone.now() + dt.timedelta(minutes=5))

        assert page_of(signed_in(teacher), due).one("span", "mark-done").text == "→ 可进入"

    def test_not_of_a_class_that_runs_nor_while_the_cloud_does_not_tell(
        self, signed_in: SignedIn, student, due: Lesson
    ) -> None:
        client = signed_in(student)
        an_hour_before = due.starts_at - dt.timedelta(hours=1)
        for known in (
            {"asked_at": None},
            {"asked_at": an_hour_before},
            {"asked_at": timezone.now(), "cloud_status": CloudStatus.RUNNING},
        ):
            Room.objects.update(**known)
            mark = page_of(client, due).one("span", "mark-running")
            assert mark.text == "● 进行中", known

        Room.objects.update(cloud_status=CloudStatus.NOT_STARTED)
        RoomPolling.objects.create(room=due.rooms.get(), unreachable_since=timezone.now())
        assert page_of(client, due).one("span", "mark-running").text == "● 进行中"


class TestNeverHeld:
    @pytest.fixture
    def expired(self, lesson_from_now: LessonAt) -> Lesson:
        lesson = lesson_from_now(-60, -15)
        Room.objects.create(
            lesson=lesson, room_id=5, sdk_app_id=1, cloud_status=CloudStatus.EXPIRED
        )
        return lesson

    def test_page_says_that_nobody_started_the_class_unless_it_was_held(
        self, signed_in: SignedIn, teacher, expired: Lesson
    ) -> None:
        client = signed_in(teacher)
        page = page_of(client, expired)
        assert "— 未上课" in page.text
        assert "没有人开始上课，这节课没有上。" in page.text

        Room.objects.update(cloud_status=CloudStatus.ENDED)

        page = page_of(client, expired)
        assert "未上课" not in page.text
        assert "这节课已结束。" in page.text


class TestWhoSees:
    def test_those_it_concerns_and_staff_alone_the_way_to_change_it(
        self, signed_in: SignedIn, everybody_of_it, staff, supervisor, lesson
    ) -> None:
        for person in [*everybody_of_it, *staff, supervisor]:
            page = page_of(signed_in(person), lesson)

            assert page.one("h1").text == "语文课 · 08:00–08:45", person
            ways = page.all("a", href=f"/schedule/lessons/{lesson.code}/change/")
            assert len(ways) == (person in staff), person
            # It is of no term's plan.
            assert "学期" not in page.text, person

    def test_others_find_nothing_and_visitors_sign_in_first(
        self, client, signed_in: SignedIn, outsider, other_teacher, lesson
    ) -> None:
        for person in (outsider, other_teacher):
            answer = signed_in(person).get(path_of(lesson))
            assert answer.status_code == 404, person
            assert lesson.title not in answer.content.decode(), person

        answer = client.get(path_of(lesson))
        assert answer["Location"] == f"/accounts/login/?next={path_of(lesson)}"

    def test_draft_is_for_staff(
        self,
        signed_in: SignedIn,
        everybody_of_it,
        staff,
        supervisor,
        lesson_from_now: LessonAt,
    ) -> None:
        draft = lesson_from_now(60, 120, is_draft=True)

        for person in [*everybody_of_it, supervisor]:
            assert signed_in(person).get(path_of(draft)).status_code == 404, person
        for person in staff:
            page = page_of(signed_in(person), draft)
            assert "◇ 草稿" in page.text, person
            assert enter_buttons(page, draft) == [], person


class TestWhatItSays:
    def test_facts(self, signed_in: SignedIn, student, lesson) -> None:
        day = timezone.localdate(lesson.starts_at)

        page = page_of(signed_in(student), lesson)

        told = facts(page)
        assert told["老师"] == "李老师"
        assert told["助教"] == "陈助教"
        assert told["班级"] == "三年级1班"
        assert told["课堂类型"] == "互动班课"
        assert told["录制"] == "自动录制"
        head = page.one("div", "lesson-head")
        assert head.one("h1").text == "语文课 · 08:00–08:45"
        assert head.one("p", "soft").text.startswith(f"{day} 周")
        assert head.one("p", "soft").text.endswith(" · 三年级1班 · 李老师")
        assert not head.all("p", "lesson-title")
        # The way back leads to its week, and the address to copy holds no ticket.
        assert page.link("‹ 课程表") == f"/schedule/{day}/"
        address = page.one("input", id="page-address").attrs["value"]
        assert address == f"http://testserver{path_of(lesson)}"
        opens = timezone.localtime(lesson.starts_at) - dt.timedelta(minutes=10)
        assert f"{opens:%m-%d} 07:50 起可进入" in page.text

    def test_in_english(self, signed_in: SignedIn, student, lesson) -> None:
        told = facts(page_of(signed_in(student, "en"), lesson))

        assert set(told) == {
            "Teacher",
            "Assistants",
            "Class groups",
            "Room type",
            "Recording",
        }
        assert told["Room type"] == "Interactive class"

    def test_cancelled_says_why(self, signed_in: SignedIn, student, lesson) -> None:
        cancel_lesson(lesson, reason="老师生病", at=timezone.now())

        page = page_of(signed_in(student), lesson)

        assert "✕ 已取消 老师生病" in page.text
        assert "这节课不上了。" in page.text
        assert enter_buttons(page, lesson) == []


class TestHistory:
    """Actions on the lesson, newest first."""

    MOVED_BY = {"origin": ActionOrigin.PAGE, "reason": "李老师 <外出> 教研"}

    @pytest.fixture
    def moved(self, lesson: Lesson, planner: User) -> Lesson:
        plan = plan_of(lesson)
        span = dt.timedelta(hours=2)
        later = replace(plan, starts_at=plan.starts_at + span, ends_at=plan.ends_at + span)
        action = PlanningAction(by=planner, **self.MOVED_BY)
        change_lesson(lesson, later, action=action)
        return lesson

    def history(self, client, lesson: Lesson) -> Element:
        return page_of(client, lesson).one("section", "lesson-history")

    def test_says_when_what_and_why(self, signed_in: SignedIn, student, moved: Lesson) -> None:
        when = timezone.localtime(PlanningAction.objects.latest("pk").at)
        day = timezone.localtime(moved.starts_at)
        known = f"{day:%Y-%m-%d} {weekday_label(day.date())}"

        newest, planned = self.history(signed_in(student), moved).one("ol").all("li", "change")

        assert newest.text == (
            f"今天 {when:%H:%M} 时间：{known} 08:00–08:45 → {known} 10:00–10:45"
            " 原因：李老师 <外出> 教研"
        )
        assert planned.text.startswith("已安排 ")
        text = self.history(signed_in(student, "en"), moved).text
        assert text.startswith("Changes ")
        assert " Why: 李老师" in text

    def test_tells_staff_who_others_no_planner_and_outsiders_nothing(
        self,
        signed_in: SignedIn,
        everybody_of_it,
        staff,
        supervisor,
        outsider,
        moved: Lesson,
    ) -> None:
        for person in [*everybody_of_it, supervisor]:
            page = page_of(signed_in(person), moved)
            assert "10:00–10:45" in page.one("section", "lesson-history").text, person
            assert "孙教务" not in page.text, person
            assert "命令" not in page.text, person
        for person in staff:
            newest, planned = self.history(signed_in(person), moved).all("li", "change")
            assert " · 孙教务 " in newest.text, person
            assert planned.text.endswith(" · 由命令"), person

        answer = signed_in(outsider).get(path_of(moved))
        assert answer.status_code == 404
        assert "教研" not in answer.content.decode()

    def test_cancelled_and_marked(self, signed_in: SignedIn, student, moved: Lesson) -> None:
        client = signed_in(student)
        assert "↷ 时间已改" in page_of(client, moved).text
        action = PlanningAction(reason="停电")
        cancel_lesson(moved, reason="停电", at=timezone.now(), action=action)

        page = page_of(client, moved)

        newest, *_earlier = page.one("section", "lesson-history").all("li", "change")
        assert newest.one("strong").text == "已取消"
        assert newest.text.endswith("原因：停电")
        assert "↷" not in page.text

    def test_costs_one_query_however_long(
        self, signed_in: SignedIn, planner, lesson: Lesson
    ) -> None:
        plan = replace(plan_of(lesson), title="第1稿")
        change_lesson(lesson, plan)
        client = signed_in(planner)
        self.assert_is_read_by_one_query(client, lesson, folded=[])

        change = lesson.changes.latest("pk")
        actions = PlanningAction.objects.bulk_create(PlanningAction() for _ in range(59))
        kept = {"lesson": lesson, "lesson_code": lesson.code, "kinds": change.kinds}
        kept |= {"before": change.before, "after": change.after}
        LessonChange.objects.bulk_create(LessonChange(action=each, **kept) for each in actions)

        self.assert_is_read_by_one_query(client, lesson, folded=["47 次更早的改动"])

    def assert_is_read_by_one_query(self, client, lesson: Lesson, *, folded: list[str]) -> None:
        with CaptureQueriesContext(connection) as captured:
            page = page_of(client, lesson)

        assert sum("lessonchange" in each["sql"] for each in captured) == 2  # with the facts
        details = page.one("section", "lesson-history").all("details")
        assert [each.one("summary").text for each in details] == folded
        assert len(page.all("a", href=f"/schedule/lessons/{lesson.code}/changes/")) == 1


class TestDoor:
    def test_running_class_can_be_entered_but_not_by_those_who_only_look(
        self,
        signed_in: SignedIn,
        everybody_of_it,
        staff,
        supervisor,
        lesson_from_now: LessonAt,
    ) -> None:
        lesson = lesson_from_now(-5, 40)

        for person in [*everybody_of_it, supervisor]:
            page = page_of(signed_in(person), lesson)
            assert enter_buttons(page, lesson) == ["进入课堂"], person
            assert "● 进行中" in page.text, person
        for person in staff:
            page = page_of(signed_in(person), lesson)
            assert enter_buttons(page, lesson) == [], person
            assert "您可以查看这节课" in page.text, person

    def test_opens_earlier_for_teachers_than_for_students(
        self,
        signed_in: SignedIn,
        teacher,
        assistant,
        supervisor,
        student,
        lesson_from_now: LessonAt,
    ) -> None:
        lesson = lesson_from_now(60, 105)
        for person, minutes, is_open in (
            (teacher, 29, True),
            (teacher, 31, False),
            (assistant, 29, True),
            (supervisor, 29, True),
            (student, 9, True),
            (student, 11, False),
        ):
            starts_at = timezone.now() + dt.timedelta(minutes=minutes)
            ends_at = starts_at + dt.timedelta(minutes=45)
            Lesson.objects.update(starts_at=starts_at, ends_at=ends_at)

            page = page_of(signed_in(person), lesson)

            assert bool(enter_buttons(page, lesson)) is is_open, (person, minutes)
            assert ("起可进入" in page.text) is not is_open, (person, minutes)

    def test_past_lesson_is_over(self, signed_in: SignedIn, teacher, lesson_from_now) -> None:
        page = page_of(signed_in(teacher), lesson_from_now(-120, -60))

        assert "✓ 已结束" in page.text
        assert "这节课已结束。" in page.text
        assert page.all("form") == []


class TestWhatComesFirst:
    """Before, during and after class, what is done then stands first."""

    @pytest.fixture
    def with_all(self, lesson: Lesson) -> Lesson:
        BindingFactory.create(lesson=lesson, release=Release.BEFORE)
        ReplayFactory.create(lesson=lesson, state=ReplayState.READY)
        Lesson.objects.filter(pk=lesson.pk).update(title="小猫钓鱼", record_mode=RecordMode.MANUAL)
        return lesson

    def panels_at(self, client, lesson: Lesson, moment: dt.datetime) -> list[str]:
        """The parts of the wider column."""
        with time_machine.travel(moment, tick=False):
            page = page_of(client, lesson)
        return [section.one("h2").text for section in page.one("div", "columns").all("section")]

    def test_of_those_who_hold_the_lesson(
        self, signed_in: SignedIn, teacher: User, with_all: Lesson
    ):
        client, minute = signed_in(teacher), dt.timedelta(minutes=1)
        besides, guests = ["人员", "讲次", "改动"], gettext("Guests")

        before = self.panels_at(client, with_all, with_all.starts_at - 5 * minute)
        during = self.panels_at(client, with_all, with_all.starts_at + minute)
        after = self.panels_at(client, with_all, with_all.ends_at + dt.timedelta(days=1))

        assert before == ["课件", "录制", "回放", guests, *besides]
        assert during == ["录制", "考勤", "课件", "回放", guests, *besides]
        assert after == ["回放", "录制", "课件", *besides]

    def test_topic_stands_below_and_a_replay_is_a_click_away_after_class(
        self, signed_in: SignedIn, student: User, with_all: Lesson
    ):
        ways = {}
        for days in (-1, 1):
            with time_machine.travel(with_all.starts_at + dt.timedelta(days=days), tick=False):
                head = page_of(signed_in(student), with_all).one("div", "lesson-head")
            assert head.one("p", "lesson-title").text == "小猫钓鱼"
            ways[days] = [way.text for way in head.all("a", "button-primary")]

        assert ways == {-1: [], 1: ["观看回放"]}


class TestSubstitute:
    def test_is_told_with_the_teacher_who_is_away(
        self,
        lesson: Lesson,
        teacher: User,
        other_teacher: User,
        student: User,
        signed_in: SignedIn,
    ):
        stand_in([(lesson, other_teacher)], action=PlanningAction())

        found = facts(page_of(signed_in(student, "en"), lesson))
        assert found["Teacher"] == "赵老师 · stands in for 李老师"

        stand_in([(lesson, teacher)], action=PlanningAction())

        assert facts(page_of(signed_in(student, "en"), lesson))["Teacher"] == "李老师"


class TestAnotherRoom:
    @pytest.fixture
    def ended_early(self, lesson_from_now: LessonAt) -> Lesson:
        lesson = lesson_from_now(-20, 25)
        Room.objects.filter(lesson=lesson).delete()
        Room.objects.create(
            lesson=lesson,
            sdk_app_id=1,
            room_id=300000123,
            reason=RoomReason.AHEAD,
            cloud_status=CloudStatus.ENDED,
        )
        return lesson

    def test_offered_after_a_class_that_ended_early(
        self, signed_in: SignedIn, teacher, planner, student, supervisor, ended_early: Lesson
    ) -> None:
        for person, may in ((teacher, 1), (planner, 1), (student, 0), (supervisor, 0)):
            page = page_of(signed_in(person), ended_early)

            assert len(page.forms_to(f"{path_of(ended_early)}reopen/")) == may, person
            assert enter_buttons(page, ended_early) == [], person

    def test_not_offered_while_it_runs_nor_after_the_planned_end(
        self, signed_in: SignedIn, teacher, ended_early: Lesson
    ) -> None:
        client = signed_in(teacher)
        Room.objects.update(cloud_status=CloudStatus.RUNNING)
        page = page_of(client, ended_early)
        assert page.forms_to(f"{path_of(ended_early)}reopen/") == []
        assert enter_buttons(page, ended_early) == ["进入课堂"]

        Room.objects.update(cloud_status=CloudStatus.ENDED)
        past = timezone.now() - dt.timedelta(minutes=1)
        Lesson.objects.filter(pk=ended_early.pk).update(ends_at=past)
        assert page_of(client, ended_early).all("form") == []


class TestProvenance:
    """A lesson of a term's plan: in which week, and for which weekday."""

    @pytest.fixture
    def of_plan(self, teacher, class_group) -> Lesson:
        term = TermFactory.create(name="秋季学期", weeks=2)
        WeeklyLessonFactory.create(
            term=term, teacher=teacher, class_groups=[class_group], weeks="odd"
        )
        monday, saturday = (term.first_monday + dt.timedelta(days=days) for days in (0, 5))
        TermDay.objects.create(term=term, date=monday, kind=DayKind.HOLIDAY)
        TermDay.objects.create(term=term, date=saturday, kind=DayKind.WORKDAY, plan_weekday=1)
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        return Lesson.objects.get(planned__term=term)

    def test_everybody_who_sees_it_reads_it_and_planners_come_to_its_weekly_lesson(
        self, signed_in, student, planner, of_plan
    ):
        weekly_lesson = of_plan.planned.weekly_lesson
        weekly = f"/schedule/terms/{weekly_lesson.term.code}/weekly/{weekly_lesson.code}/"
        for person in (student, planner):
            page = page_of(signed_in(person), of_plan)
            assert "秋季学期 · 第1周，单周，调休补周一" in page.text, person
            assert bool(page.all("a", href=weekly)) is (person == planner), person

        weekly_lesson.delete()

        assert "秋季学期" in page_of(signed_in(planner), of_plan).text

    def test_planners_are_told_that_it_leaves_the_plan(self, signed_in, planner, of_plan):
        path = f"/schedule/lessons/{of_plan.code}/"
        client = signed_in(planner, "en")
        assert "the plan leaves it alone" in main(client.get(f"{path}change/")).text

        change_lesson(of_plan, changed(of_plan, title="公开课"))

        assert "the plan leaves it alone" not in main(client.get(f"{path}change/")).text
        assert "changed by hand" in main(client.get(path)).text


class TestRefusedChanges:
    """The cloud's refusals of the room stand on the page, for those who can do something about them."""

    @pytest.fixture
    def room(self, lesson: Lesson) -> Room:
        return Room.objects.create(
            lesson=lesson,
            room_id=5,
            sdk_app_id=1,
            left_out_fields=["max_mic_number", "name", "room_type"],
            signalling_refused=True,
        )

    def test_teacher_and_staff_read_what_is_as_it_was(
        self, signed_in: SignedIn, teacher, planner, lesson, room: Room
    ) -> None:
        for person in (teacher, planner):
            page = page_of(signed_in(person, "en"), lesson)

            assert "This is as it was before: Title, Room type. All else" in page.text
            assert "has no signalling recording" in page.text

    def test_class_without_storage_is_not_said_to_be_recorded_automatically(
        self, signed_in: SignedIn, teacher, lesson, room: Room
    ) -> None:
        Room.objects.update(recording_refused=True)

        assert "signalling" not in page_of(signed_in(teacher, "en"), lesson).text

    def test_students_and_supervisors_do_not(
        self, signed_in: SignedIn, student, supervisor, lesson, room: Room
    ) -> None:
        for person in (student, supervisor):
            page = page_of(signed_in(person, "en"), lesson)

            assert "as it was before" not in page.text
            assert "signalling" not in page.text

    def test_nothing_is_said_when_nothing_was_refused_nor_of_an_earlier_room(
        self, signed_in: SignedIn, teacher, lesson, room: Room
    ) -> None:
        Room.objects.update(is_current=False)
        Room.objects.create(lesson=lesson, room_id=6, sdk_app_id=1, generation=2)

        page = page_of(signed_in(teacher, "en"), lesson)

        assert "as it was before" not in page.text
        assert "signalling" not in page.text

    def test_open_page_follows_it(self, signed_in: SignedIn, teacher, lesson, room: Room) -> None:
        before = lesson_facts(lesson.code)
        Room.objects.update(left_out_fields=[])
        after = lesson_facts(lesson.code)
        Room.objects.update(signalling_refused=False)

        assert before != after != lesson_facts(lesson.code)
