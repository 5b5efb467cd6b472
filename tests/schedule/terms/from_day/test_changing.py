"""Changing weekly lessons from a day on: which are split in which week, what becomes of lessons, and the undo."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.versions import NotAsShown
from schedule.enums import CloudStatus, DayKind, WeeklyLessonSource
from schedule.lessons.change import change_lesson, schedule_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.plan import plan_of as lesson_plan_of
from schedule.models import (
    ChangeFromDay,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Room,
    Term,
    TermDay,
    WeeklyLesson,
)
from schedule.terms.bells.bell_times import read_bells
from schedule.terms.from_day.changing import (
    FromDayRefused,
    Preview,
    change_from_day,
    preview_of,
)
from schedule.terms.from_day.splitting import SplitFault
from schedule.terms.from_day.undo import AlreadyUndone, UndoRefused, undo_change, undoing_of
from schedule.terms.from_day.wish import FromDay
from schedule.terms.planning.term_difference import PlanPart
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.weekly_lessons.kept_plans import WeeklyLeftReason
from schedule.terms.writing import set_bell_times
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.schedule.imports.meanwhile import after
from tests.support.bell_lists import add_list

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
MONDAY, WEDNESDAY, FRIDAY = 1, 3, 5


@pytest.fixture
def term() -> Term:
    return TermFactory.create(weeks=6)


@pytest.fixture
def bells(term: Term) -> Term:
    set_bell_times(term, read_bells("08:00-08:45,09:00-09:45,10:00-10:45,11:00-11:45"))
    return term


@pytest.fixture
def other() -> User:
    return UserFactory.create(roles=[Role.TEACHER])


def school_moment(day: dt.date, hour: int) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour)))


def plan(term: Term) -> None:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))


def day(term: Term, week: int, weekday: int) -> dt.date:
    return term.first_monday + ((week - 1) * 7 + weekday - 1) * DAY


def change(term: Term, *, known: str = "", **wish: Any) -> Preview:
    wish.setdefault("first_day", day(term, 3, WEDNESDAY))
    return change_from_day(term, FromDay(**wish), action=PlanningAction(), known=known)


def undo(**how: Any) -> Any:
    return undo_change(ChangeFromDay.objects.latest("pk"), action=PlanningAction(), **how)


def weekly(term: Term) -> list[tuple[str, str, int, str]]:
    rows = term.weekly_lessons.order_by("pk").select_related("teacher")
    return [(row.weeks, row.teacher.username, row.weekday, f"{row.starts:%H:%M}") for row in rows]


def lessons(term: Term) -> list[tuple[str, str]]:
    rows = Lesson.objects.filter(planned__term=term).order_by("starts_at", "pk")
    return [
        (f"{timezone.localtime(row.starts_at):%m-%d %H:%M}", row.teacher.username)
        for row in rows.select_related("teacher")
    ]


def at(day: dt.date, time: str = "08:00") -> str:
    return f"{day:%m-%d} {time}"


def everything(term: Term) -> list[Any]:
    """All that a change may touch, but for what only counts up or says when."""
    weekly_lessons = [
        (
            row,
            list(WeeklyLesson.objects.get(pk=row["id"]).assistants.values_list("pk", flat=True)),
            list(WeeklyLesson.objects.get(pk=row["id"]).class_groups.values_list("pk", flat=True)),
        )
        for row in term.weekly_lessons.order_by("pk").values()
    ]
    moments = {"sequence", "changed_at", "updated_at"}
    rows = [
        {name: value for name, value in row.items() if name not in moments}
        for row in Lesson.objects.order_by("pk").values()
    ]
    planned = PlannedLesson.objects.order_by("lesson").values_list(
        "weekly_lesson", "date", "lesson", "is_edited"
    )
    return [weekly_lessons, rows, list(planned)]


class TestSplitting:
    def test_another_teacher_from_a_day_in_the_middle_of_a_week(self, term, teacher, other):
        monday = WeeklyLessonFactory.create(term=term, teacher=teacher)
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=FRIDAY)
        plan(term)
        codes = set(Lesson.objects.values_list("code", flat=True))

        preview = change(term, teacher=teacher, new_teacher=other)

        # Monday of that week lies before; Friday does not.
        assert weekly(term) == [
            ("1-3", teacher.username, MONDAY, "08:00"),
            ("1-2", teacher.username, FRIDAY, "08:00"),
            ("4-6", other.username, MONDAY, "08:00"),
            ("3-6", other.username, FRIDAY, "08:00"),
        ]
        assert preview.worked_out.difference.counts()["changed"] == 7
        assert lessons(term) == [
            (
                at(day(term, week, weekday)),
                (other if (week, weekday) > (3, 1) else teacher).username,
            )
            for week in range(1, 7)
            for weekday in (MONDAY, FRIDAY)
        ]
        assert set(Lesson.objects.values_list("code", flat=True)) == codes
        made = WeeklyLesson.objects.exclude(pk=monday.pk).get(weeks="4-6")
        assert sorted(made.planned_lessons.values_list("date", flat=True)) == [
            day(term, week, MONDAY) for week in (4, 5, 6)
        ]
        assert not PlannedLesson.objects.filter(is_edited=True).exists()
        term.refresh_from_db()
        assert not term.awaits_planning

    def test_from_the_first_day_it_is_changed_in_place(self, term, teacher, other):
        weekly_lesson = WeeklyLessonFactory.create(term=term, teacher=teacher, weeks="odd")
        plan(term)

        change(term, first_day=term.first_monday, teacher=teacher, new_teacher=other)

        assert weekly(term) == [("odd", other.username, MONDAY, "08:00")]
        weekly_lesson.refresh_from_db()
        assert {teacher for _at, teacher in lessons(term)} == {other.username}

    def test_odd_and_even_weeks_and_ranges_stay_so(self, term, teacher, other):
        for number, weeks in enumerate(["odd", "even", "2-5", "1,4"]):
            WeeklyLessonFactory.create(
                term=term, teacher=teacher, weekday=number + 1, starts=dt.time(8), weeks=weeks
            )
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=5, weeks="1-2")

        change(term, first_day=day(term, 3, MONDAY), teacher=teacher, new_teacher=other)

        parts = {(row[0], row[1] == other.username) for row in weekly(term)}
        assert parts == {
            *(("1", False), ("3,5", True)),
            *(("2", False), ("4,6", True)),
            *(("2", False), ("3-5", True)),
            *(("1", False), ("4", True)),
            ("1-2", False),
        }

    def test_week_with_a_day_that_makes_up_before_it_stays_whole(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=FRIDAY)
        # Tuesday of week 3 takes Friday's plan, and of week 4 Sunday does, for a Friday that is off.
        TermDay.objects.create(
            term=term, date=day(term, 3, 2), kind=DayKind.WORKDAY, plan_weekday=FRIDAY
        )
        TermDay.objects.create(term=term, date=day(term, 4, FRIDAY), kind=DayKind.HOLIDAY)
        TermDay.objects.create(
            term=term, date=day(term, 4, 7), kind=DayKind.WORKDAY, plan_weekday=FRIDAY
        )
        plan(term)

        change(term, first_day=day(term, 3, WEDNESDAY), teacher=teacher, new_teacher=other)
        assert [row[0] for row in weekly(term)] == ["1-3", "4-6"]

        change(term, first_day=day(term, 4, 6), teacher=other, new_teacher=teacher)
        assert [row[0] for row in weekly(term)] == ["1-3", "4-6"]

    def test_of_a_teacher_and_a_class_group_and_a_weekday_alone(self, term, teacher, other):
        group, another = ClassGroupFactory.create(), ClassGroupFactory.create()
        merged = WeeklyLessonFactory.create(
            term=term, teacher=teacher, class_groups=[group, another]
        )
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=2, class_groups=[another])
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=3, class_groups=[group])

        preview = change(
            term, teacher=teacher, class_group=group, weekday=MONDAY, new_teacher=other
        )

        assert [split.weekly_lesson for split in preview.splits.splits] == [merged]
        made = WeeklyLesson.objects.get(teacher=other)
        assert set(made.class_groups.all()) == {group, another}

    def test_assistant_who_is_to_teach_assists_no_more(self, term, teacher, other):
        helper = UserFactory.create(roles=[Role.TEACHER])
        WeeklyLessonFactory.create(term=term, teacher=teacher, assistants=[other, helper])
        plan(term)

        change(term, teacher=teacher, new_teacher=other)

        made = WeeklyLesson.objects.get(teacher=other)
        assert list(made.assistants.all()) == [helper]
        last = Lesson.objects.latest("starts_at")
        assert (last.teacher, list(last.assistants.all())) == (other, [helper])

    def test_second_time_nothing_is_to_change(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        group = WeeklyLesson.objects.get().class_groups.get()
        plan(term)
        change(term, class_group=group, new_teacher=other)
        before = everything(term)

        preview = change(term, class_group=group, new_teacher=other)

        assert not preview.changes_anything
        assert everything(term) == before
        assert ChangeFromDay.objects.count() == 1

    def test_what_is_over_by_now_stays(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)

        with time_machine.travel(
            dt.datetime.combine(day(term, 3, MONDAY), dt.time(12)), tick=False
        ):
            change(term, first_day=day(term, 3, MONDAY), teacher=teacher, new_teacher=other)

        assert [row[0] for row in weekly(term)] == ["1-3", "4-6"]


class TestTimes:
    def test_shift_keeps_lengths_and_what_is_by_the_clock(self, bells, teacher):
        double = {"first_bell": 1, "last_bell": 2, "ends": dt.time(9, 45)}
        WeeklyLessonFactory.create(term=bells, teacher=teacher, **double)
        WeeklyLessonFactory.create(
            term=bells, teacher=teacher, starts=dt.time(10), ends=dt.time(10, 45)
        )
        plan(bells)

        change(bells, first_day=bells.first_monday, teacher=teacher, shift=1)

        rows = bells.weekly_lessons.order_by("pk").values_list(
            "first_bell", "last_bell", "starts", "ends"
        )
        assert list(rows) == [
            (2, 3, dt.time(9), dt.time(10, 45)),
            (None, None, dt.time(11), dt.time(11, 45)),
        ]
        assert {start[-5:] for start, _teacher in lessons(bells)} == {"09:00", "11:00"}

    @pytest.mark.parametrize(
        ("wish", "fault"),
        [
            ({"shift": 3}, SplitFault.NO_SUCH_PERIOD),
            ({"shift": -1}, SplitFault.NO_SUCH_PERIOD),
            ({"first_bell": 4}, SplitFault.NO_SUCH_PERIOD),
            ({"starts": dt.time(23, 30)}, SplitFault.PAST_MIDNIGHT),
        ],
    )
    def test_what_has_no_such_time_is_refused(self, bells, teacher, wish, fault):
        WeeklyLessonFactory.create(
            term=bells, teacher=teacher, first_bell=1, last_bell=2, ends=dt.time(9, 45)
        )
        before = everything(bells)

        with pytest.raises(FromDayRefused) as refused:
            change(bells, teacher=teacher, **wish)

        assert [refused_split.fault for refused_split in refused.value.preview.splits.refused] == [
            fault
        ]
        assert everything(bells) == before

    def test_without_bells_nothing_is_shifted_and_the_clock_will_do(self, term, teacher):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        with pytest.raises(FromDayRefused):
            change(term, teacher=teacher, shift=1)

        change(term, teacher=teacher, starts=dt.time(15))

        assert [row[3] for row in weekly(term)] == ["08:00", "15:00"]
        assert WeeklyLesson.objects.latest("pk").ends == dt.time(15, 45)

    def test_other_weekday_moves_its_lessons_in_their_weeks(self, term, teacher):
        WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=FRIDAY)
        plan(term)
        codes = list(Lesson.objects.order_by("starts_at").values_list("code", flat=True))

        change(term, teacher=teacher, new_weekday=MONDAY)

        # Monday of week 3 lies before the day, so that week stays.
        assert [start for start, _teacher in lessons(term)] == [
            *(at(day(term, week, FRIDAY)) for week in (1, 2, 3)),
            *(at(day(term, week, MONDAY)) for week in (4, 5, 6)),
        ]
        assert list(Lesson.objects.order_by("starts_at").values_list("code", flat=True)) == codes

    def test_lessons_take_the_times_of_the_list_that_holds(self, bells, teacher):
        group = ClassGroupFactory.create()
        WeeklyLessonFactory.create(term=bells, teacher=teacher, class_groups=[group])
        add_list(bells, "08:20-09:05,09:20-10:05", class_groups=[group])
        plan(bells)

        change(bells, teacher=teacher, first_bell=2)

        times = [start[-5:] for start, _teacher in lessons(bells)]
        assert times == ["08:20"] * 3 + ["09:20"] * 3

    def test_other_course_takes_nobody(self, term, teacher):
        course = CourseFactory.create(name="新课")
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)

        change(term, teacher=teacher, new_course=course)

        assert [lesson.course == course for lesson in Lesson.objects.order_by("starts_at")] == (
            [False] * 3 + [True] * 3
        )


class TestOverlaps:
    def test_teacher_who_is_taken_is_refused_with_the_weekly_lesson(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        taken = WeeklyLessonFactory.create(term=term, teacher=other, weeks="5")
        plan(term)
        before = everything(term)

        with pytest.raises(FromDayRefused) as refused:
            change(term, teacher=teacher, new_teacher=other)

        ((_becoming, overlap),) = refused.value.preview.worked_out.overlaps
        assert (overlap.weekly_lesson, overlap.who.holder.pk) == (taken, other.pk)
        assert everything(term) == before

    def test_two_of_them_at_one_time_are_refused(self, term, teacher, other):
        group = ClassGroupFactory.create()
        WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[group])
        WeeklyLessonFactory.create(term=term, teacher=other, class_groups=[group], weekday=2)

        with pytest.raises(FromDayRefused):
            change(term, class_group=group, new_weekday=MONDAY)

        reason = "走班"
        change(term, class_group=group, new_weekday=MONDAY, overlap_reason=reason)
        assert term.weekly_lessons.filter(overlap_reason=reason, weekday=1).count() == 2

    def test_those_that_move_make_way_for_each_other(self, bells, teacher):
        for number, start in enumerate((8, 9, 10), start=1):
            WeeklyLessonFactory.create(
                term=bells,
                teacher=teacher,
                starts=dt.time(start),
                ends=dt.time(start, 45),
                first_bell=number,
                last_bell=number,
            )
        plan(bells)

        change(bells, teacher=teacher, shift=1)

        assert len(lessons(bells)) == 18
        assert {start[-5:] for start, _teacher in lessons(bells)[-3:]} == {
            *("09:00", "10:00", "11:00")
        }

    def test_lesson_of_no_plan_is_in_the_way_too(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        last = Lesson.objects.latest("starts_at")
        clash = dataclasses.replace(
            lesson_plan_of(last), teacher=other, class_groups=(ClassGroupFactory.create(),)
        )
        schedule_lesson(clash)

        with pytest.raises(FromDayRefused) as refused:
            change(term, teacher=teacher, new_teacher=other)

        assert len(refused.value.preview.worked_out.difference.conflicts) == 1

    def test_lesson_that_was_left_out_before_stays_so_and_bars_nothing(self, term, teacher, other):
        group = ClassGroupFactory.create()
        WeeklyLessonFactory.create(term=term, teacher=teacher, class_groups=[group])
        LessonFactory.create(class_groups=[group], starts_at=school_moment(day(term, 5, MONDAY), 8))
        LessonFactory.create(class_groups=[group], starts_at=school_moment(day(term, 4, MONDAY), 9))
        options = PlanOptions(at=timezone.now(), leaves_out_conflicts=True)
        plan_term(term, action=PlanningAction(), options=options)
        before = everything(term)
        # At another time somebody else is taken, to which nobody has agreed.
        with pytest.raises(FromDayRefused):
            change(term, teacher=teacher, starts=dt.time(9))

        change(term, teacher=teacher, new_teacher=other)

        assert [row[1] for row in lessons(term)] == [teacher.username] * 3 + [other.username] * 2
        undo()
        assert everything(term) == before


class TestWhatStays:
    def test_edited_deleted_and_begun_ones_stay_and_go_with_it(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        _first, _second, edited, deleted, begun, _rest = Lesson.objects.order_by("starts_at")
        later = dataclasses.replace(
            lesson_plan_of(edited), ends_at=edited.ends_at + dt.timedelta(minutes=5)
        )
        change_lesson(edited, later)
        delete_lessons([deleted], at=timezone.now())
        Room.objects.create(lesson=begun, sdk_app_id=1, room_id=1, cloud_status=CloudStatus.RUNNING)

        preview = change(term, first_day=day(term, 2, MONDAY), teacher=teacher, new_teacher=other)

        counts = preview.worked_out.difference.counts()
        assert (counts["changed"], counts["added"], counts["removed"]) == (2, 0, 0)
        teachers = [row.teacher for row in Lesson.objects.order_by("starts_at")]
        assert teachers == [teacher, other, teacher, teacher, other]
        made = WeeklyLesson.objects.get(teacher=other)
        assert made.planned_lessons.count() == 5

    def test_term_that_was_never_planned_gets_no_lessons(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)

        change(term, teacher=teacher, new_teacher=other)

        assert [row[0] for row in weekly(term)] == ["1-3", "4-6"]
        assert not Lesson.objects.exists()
        action = PlanningAction.objects.get()
        assert (action.due_at, action.from_day.term) == (None, term)
        undo()
        assert [row[0] for row in weekly(term)] == [""]

    def test_of_a_term_not_planned_as_a_whole_lessons_follow_where_there_are_some(
        self, term, teacher, other
    ):
        WeeklyLessonFactory.create(term=term, teacher=teacher, source=WeeklyLessonSource.FET)
        waiting = WeeklyLessonFactory.create(term=term, teacher=teacher, weekday=2)
        part = PlanPart.of(term, WeeklyLessonSource.FET)
        plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now(), part=part))
        before = everything(term)

        change(term, teacher=teacher, new_teacher=other)

        assert [row[1] for row in lessons(term)] == [teacher.username] * 3 + [other.username] * 3
        assert not PlannedLesson.objects.filter(weekly_lesson__weekday=waiting.weekday).exists()
        term.refresh_from_db()
        assert term.planned_at is None
        undo()
        assert everything(term) == before

    def test_other_part_of_the_plan_waits_still(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        waiting = WeeklyLessonFactory.create(term=term, weekday=2)
        Term.objects.filter(pk=term.pk).touch()

        change(term, teacher=teacher, new_teacher=other)

        term.refresh_from_db()
        assert term.awaits_planning
        assert not waiting.planned_lessons.exists()


class TestVersions:
    def test_of_two_planners_the_later_one_sees_what_the_first_has_done(self, term, teacher, other):
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        third = UserFactory.create(roles=[Role.TEACHER])
        wish = FromDay(first_day=day(term, 3, WEDNESDAY), teacher=teacher, new_teacher=other)
        version = preview_of(term, wish, at=timezone.now()).version
        first = after(lambda: change(term, teacher=teacher, new_teacher=third))

        with pytest.raises(NotAsShown) as err:
            change_from_day(term, wish, action=PlanningAction(), known=version, write_in=first)

        assert not err.value.now.changes_anything
        assert [row[1] for row in weekly(term)] == [teacher.username, third.username]
        assert ChangeFromDay.objects.count() == 1

    def test_only_what_was_shown_is_done(self, term, teacher, other):
        weekly_lesson = WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        wish = FromDay(first_day=day(term, 3, WEDNESDAY), teacher=teacher, new_teacher=other)
        version = preview_of(term, wish, at=timezone.now()).version
        WeeklyLesson.objects.filter(pk=weekly_lesson.pk).update(title="复习")

        with pytest.raises(NotAsShown) as err:
            change(term, teacher=teacher, new_teacher=other, known=version)

        change(term, teacher=teacher, new_teacher=other, known=err.value.now.version)
        assert WeeklyLesson.objects.filter(title="复习").count() == 2

    def test_wish_is_read_again_as_it_was_kept(self, term, teacher, other):
        wish = FromDay(
            first_day=term.first_monday,
            teacher=teacher,
            new_teacher=other,
            new_course=CourseFactory.create(),
            starts=dt.time(9, 30),
            shift=-2,
            overlap_reason="走班",
        )

        assert FromDay.read(wish.kept()) == wish


class TestUndo:
    @pytest.fixture
    def busy(self, bells: Term, teacher: User) -> Term:
        """A term with weekly lessons in all and in odd weeks, with assistants and merged class groups, planned."""
        groups = [ClassGroupFactory.create(), ClassGroupFactory.create()]
        helper = UserFactory.create(roles=[Role.TEACHER])
        WeeklyLessonFactory.create(
            term=bells, teacher=teacher, class_groups=groups, assistants=[helper]
        )
        WeeklyLessonFactory.create(term=bells, teacher=teacher, weekday=3, weeks="odd")
        WeeklyLessonFactory.create(
            term=bells, teacher=teacher, weekday=5, weeks="3-6", first_bell=1, last_bell=1
        )
        plan(bells)
        return bells

    @pytest.mark.parametrize(
        "wish", [{}, {"shift": 2}, {"new_weekday": 2, "weekday": 3}, {"starts": dt.time(13)}]
    )
    def test_everything_is_as_it_was(self, busy, teacher, other, wish):
        before = everything(busy)
        change(busy, teacher=teacher, new_teacher=other, **wish)
        assert everything(busy) != before

        undo()

        assert everything(busy) == before
        busy.refresh_from_db()
        assert not busy.awaits_planning
        with pytest.raises(AlreadyUndone):
            undo()

    def test_what_was_changed_since_stays(self, busy, teacher, other):
        change(busy, teacher=teacher, new_teacher=other)
        changed = WeeklyLesson.objects.filter(teacher=other, weekday=MONDAY).get()
        WeeklyLesson.objects.filter(pk=changed.pk).update(title="复习")
        removed = WeeklyLesson.objects.filter(teacher=other, weekday=WEDNESDAY).get()
        removed.delete()

        undone = undo()

        assert sorted(str(left.reason) for left in undone.left_alone) == sorted(
            [str(WeeklyLeftReason.CHANGED), str(WeeklyLeftReason.GONE)]
        )
        assert WeeklyLesson.objects.get(weekday=FRIDAY).teacher == teacher
        assert WeeklyLesson.objects.filter(pk=changed.pk).exists()

    def test_teacher_who_has_left_or_is_taken_does_not_come_back(self, busy, teacher, other):
        change(busy, teacher=teacher, new_teacher=other)
        extra = WeeklyLessonFactory.create(term=busy, teacher=teacher, weekday=FRIDAY, weeks="6")
        with pytest.raises(UndoRefused) as refused:
            undo()
        assert len(refused.value.undoing.worked_out.overlaps) == 1

        extra.delete()
        User.objects.filter(pk=teacher.pk).update(is_active=False)
        undoing = undoing_of(ChangeFromDay.objects.get(), at=timezone.now())
        assert {left.reason for left in undoing.left_alone} == {WeeklyLeftReason.LEFT}
        assert not undoing.can_be_done

    def test_lessons_that_holidays_took_from_the_old_weekday_come_and_go_with_the_change(
        self, term, teacher
    ):
        TermDay.objects.create(term=term, date=day(term, 4, MONDAY), kind=DayKind.HOLIDAY)
        WeeklyLessonFactory.create(term=term, teacher=teacher)
        plan(term)
        before = everything(term)
        assert len(lessons(term)) == 5

        change(term, teacher=teacher, new_weekday=FRIDAY)
        assert len(lessons(term)) == 6

        undo()
        assert everything(term) == before


class TestStatements:
    def statements(self, term: Term, teacher: User, other: User) -> int:
        with CaptureQueriesContext(connection) as queries:
            change(term, teacher=teacher, new_teacher=other)
        return len(queries)

    def test_many_take_as_many_as_one(self, term, other):
        one, many = (UserFactory.create(roles=[Role.TEACHER]) for _number in range(2))
        free = UserFactory.create(roles=[Role.TEACHER])
        WeeklyLessonFactory.create(term=term, teacher=one)
        for weekday in range(1, 7):
            for hour in (10, 11):
                WeeklyLessonFactory.create(
                    term=term,
                    teacher=many,
                    weekday=weekday,
                    starts=dt.time(hour),
                    ends=dt.time(hour, 45),
                )
        plan(term)

        assert self.statements(term, many, free) <= self.statements(term, one, other) + 2
