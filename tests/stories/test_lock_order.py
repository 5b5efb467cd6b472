"""Lesson, room, replay, attendance, people: everybody locks in this order, so that no two wait for each other for ever."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.permissions import Relation
from accounts.services.notices import mail_due, mark_all_read
from attendance.absences.telling import tell_absences
from attendance.access import SeenLesson
from attendance.corrections.writing import Wanted, correct
from attendance.counting.lessons import count_lesson
from attendance.enums import AttendanceState
from attendance.models import PersonAttendance
from schedule.changes.telling import tell_changes
from schedule.class_groups.writing import change_class_group
from schedule.hooks import lessons_changed, watched
from schedule.imports.weekly_lesson_spreadsheet import import_weekly_lessons
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.lessons.locks import lock_lessons
from schedule.models import ClassGroup, Course, Lesson, PlanningAction, Room, Term, WeeklyLesson
from schedule.rooms import ahead
from schedule.rooms.ahead import make_rooms_ahead
from schedule.terms.bells.bell_times import BellSpan
from schedule.terms.locks import lock_term
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.terms.writing import set_bell_times
from tests.factories.accounts import UserFactory
from tests.factories.attendance import counted_lesson
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.bell_lists import add_list
from tests.support.lessons import changed
from tests.support.threads import all_at_once, done_during

pytestmark = pytest.mark.django_db(transaction=True)

LESSONS = 12
MINUTE = dt.timedelta(minutes=1)
WEEKLY_HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"


@pytest.fixture
def side_by_side(local_cloud) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")


@pytest.fixture
def planned(side_by_side, monkeypatch) -> list[Lesson]:
    # However slow the machine is, one run makes them all.
    monkeypatch.setattr(ahead, "MAKING_AHEAD", replace(ahead.MAKING_AHEAD, limit_s=90))
    return [LessonFactory.create() for _number in range(LESSONS)]


def test_timetable_is_changed_while_its_rooms_are_made(planned):
    def rename_all() -> None:
        for times in range(4):
            with transaction.atomic():
                lock_lessons(planned)
                for lesson in planned:
                    lesson.refresh_from_db()
                    change_lesson(lesson, changed(lesson, title=f"第{times}次"))

    at_once(make_rooms, rename_all)

    assert Room.objects.made().count() == LESSONS


def test_lessons_are_cancelled_while_their_rooms_are_made(planned):
    def cancel_all() -> None:
        for lesson in reversed(planned):
            cancel_lesson(lesson, reason="老师请假", at=timezone.now())

    at_once(make_rooms, cancel_all)

    assert not Room.objects.current().made().filter(must_leave_cloud=False).exists()


def test_lessons_are_deleted_while_their_rooms_are_made(planned):
    def delete_all() -> None:
        for lesson in reversed(planned):
            delete_lessons([lesson], at=timezone.now())

    at_once(make_rooms, delete_all)

    assert not Lesson.objects.exists()
    assert not Room.objects.made().filter(must_leave_cloud=False, gone_at=None).exists()


def test_people_are_told_read_and_mailed_while_the_timetable_is_changed(planned, settings, caplog):
    settings.SENDS_MAIL = True
    groups = ClassGroup.objects.order_by("pk")
    reader = UserFactory.create(email="wang@school.example", notice_mail_language="en")
    for group in groups:
        MembershipFactory.create(class_group=group, user=reader)
        ChannelFactory.create(class_group=group)

    def move_to_and_fro() -> None:
        move_all(planned, MINUTE)
        move_all(planned, -MINUTE)

    def tell() -> None:
        for _time in range(5):
            tell_changes(timezone.now())

    def read_and_mail() -> None:
        for _time in range(5):
            mark_all_read(reader, at=timezone.now())
            mail_due(timezone.now() + dt.timedelta(minutes=20))

    at_once(move_to_and_fro, tell, tell, read_and_mail)
    at = timezone.now() + MINUTE
    while tell_changes(at):  # each that had to wait for another one
        at += MINUTE

    assert "deadlock" not in caplog.text
    assert not PlanningAction.objects.filter(due_at__isnull=False).exists()


def test_terms_are_planned_while_the_timetable_is_changed_and_its_rooms_are_made(
    planned, settings, caplog
):
    """Two planners plan two terms of the same people, a third edits and deletes lessons of both."""
    terms = [TermFactory.create(weeks=2), TermFactory.create(weeks=2)]
    teachers = UserFactory.create_batch(3, roles=(Role.TEACHER,))
    for term in terms:
        for number, teacher in enumerate(teachers):
            at_eight = {"weekday": number + 1, "teacher": teacher}
            WeeklyLessonFactory.create(term=term, assistants=[teachers[number - 1]], **at_eight)

    def plan_to_and_fro(term: Term) -> None:
        for hour in (8, 9, 10, 11):
            starts, ends = dt.time(hour), dt.time(hour, 45)
            weeks = "odd" if hour == 10 else ""
            WeeklyLesson.objects.filter(term=term).update(starts=starts, ends=ends, weeks=weeks)
            plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    def edit() -> None:
        for _time in range(6):
            of_terms = Lesson.objects.filter(planned__term__in=terms).order_by("-pk")
            for lesson in of_terms[:2]:
                try:
                    change_lesson(lesson, changed(lesson, title="公开课"))
                    delete_lessons([lesson], at=timezone.now())
                except Lesson.DoesNotExist:
                    continue  # the plan was quicker

    at_once(lambda: plan_to_and_fro(terms[0]), lambda: plan_to_and_fro(terms[1]), edit, make_rooms)

    assert "deadlock" not in caplog.text
    for term in terms:
        done = plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
        assert not done.changes_anything


def test_same_term_is_planned_by_two_at_once(side_by_side):
    term = TermFactory.create(weeks=4)
    WeeklyLessonFactory.create(term=term)

    def plan(by: int) -> dict[str, int]:
        return plan_term(
            term, action=PlanningAction(), options=PlanOptions(at=timezone.now())
        ).counts()

    counted = all_at_once(plan, [1, 2])

    assert sorted(each["added"] for each in counted) == [0, 4]
    assert Lesson.objects.filter(planned__term=term).count() == 4


def test_two_files_that_make_the_same_names_wait_for_one_another(side_by_side):
    """In one of them they stand the other way round."""
    names = range(40)

    def take(number: int) -> None:
        teacher = UserFactory.create(roles=(Role.TEACHER,)).username
        rows = [
            f"课{name},{teacher},班{name},{name % 7 + 1},{8 + name // 7}:00,{8 + name // 7}:45,,,"
            for name in (names if number else reversed(names))
        ]
        data = "\n".join((WEEKLY_HEAD, *rows)).encode()
        import_weekly_lessons(data, terms[number], at=timezone.now())

    terms = TermFactory.create_batch(2, weeks=1)
    all_at_once(take, [0, 1])

    assert [term.weekly_lessons.count() for term in terms] == [len(names)] * 2
    assert Course.objects.filter(name__startswith="课").count() == len(names)


def test_file_is_taken_while_bell_times_change(side_by_side):
    teacher = UserFactory.create(roles=(Role.TEACHER,)).username
    data = f"{WEEKLY_HEAD}\n语文课,{teacher},一班,1,第1节,第1节,,,".encode()
    at_eight, at_nine = (BellSpan(dt.time(hour), dt.time(hour, 45)) for hour in (8, 9))

    def race(term: Term) -> None:
        def take() -> None:
            import_weekly_lessons(data, term, at=timezone.now())

        def ring_at_nine() -> None:
            set_bell_times(term, [at_nine])

        at_once(take, ring_at_nine)

    for term in TermFactory.create_batch(6, weeks=1):
        set_bell_times(term, [at_eight])

        race(term)

        assert term.weekly_lessons.get().starts == at_nine.starts


def test_class_group_gets_another_grade_while_its_term_is_planned(side_by_side):
    group = ClassGroupFactory.create(grade="七年级")
    term = WeeklyLessonFactory.create(class_groups=[group]).term
    add_list(term, "08:10-08:55", grades=["七年级"])

    is_changed = done_during(
        lambda: lock_term(term, no_key=True),
        lambda: change_class_group(
            group, name=group.name, grade="八年级", age_band="", known="", by=None
        ),
        meanwhile=lambda: ClassGroup.objects.select_for_update(no_key=True).get(pk=group.pk),
    )

    assert is_changed


def test_attendance_is_counted_corrected_and_watched_while_its_lessons_change(
    side_by_side, teacher, class_group, planner, caplog
):
    """Counting begins with the lesson, a correction with the attendance, and whoever watches with the person."""
    students = [MembershipFactory.create(class_group=class_group).user for _number in range(3)]
    lessons = [
        counted_lesson(teacher, class_group, {}, days=-1 - number // 4, hour=8 + number % 4).lesson
        for number in range(LESSONS)
    ]

    def change() -> None:
        with transaction.atomic():
            lock_lessons(lessons)
            lessons_changed([lesson.pk for lesson in lessons])

    def excuse(lesson: Lesson) -> None:
        seen = SeenLesson(lesson, frozenset({Relation.STAFF}), frozenset())
        usernames = [student.username for student in students]
        for state in (AttendanceState.LATE, AttendanceState.EXCUSED):
            wanted = Wanted(usernames=usernames, state=state, reason="")
            correct(seen, wanted, by=planner, at=timezone.now())

    def watch(lesson: Lesson) -> None:
        for student in students:
            with transaction.atomic():
                watched(lesson.pk, student.pk, 60)

    at_once(
        lambda: again_and_again(lambda _lesson: change(), lessons[:1]),
        lambda: again_and_again(lambda lesson: count_lesson(lesson.pk, timezone.now()), lessons),
        lambda: again_and_again(excuse, lessons),
        lambda: again_and_again(watch, lessons),
        lambda: again_and_again(lambda _lesson: tell_absences(timezone.now()), lessons[:1]),
    )

    assert "deadlock" not in caplog.text
    rows = PersonAttendance.objects.filter(person__in=students)
    kept = set(rows.values_list("corrected_state", "watched_s").distinct())
    assert (rows.count(), kept) == (LESSONS * len(students), {(AttendanceState.EXCUSED, 60)})


def again_and_again(work: Callable[[Lesson], object], lessons: list[Lesson]) -> None:
    for times in range(4):
        for lesson in lessons if times % 2 else reversed(lessons):
            work(lesson)


def test_lessons_are_swapped_from_the_pages_of_both_teachers(side_by_side, signed_in, planner):
    """Two planners, each of whom names the same lessons the other way round."""
    times = range(15)
    one, other = LessonFactory.create_batch(2)
    days = {"from": day_of(one), "to": day_of(other)}
    clients = signed_in(planner), signed_in(planner)

    def swap(client: Client, lesson: Lesson, with_lesson: Lesson) -> set[int]:
        of_page = {"absent": lesson.teacher.username, **days}
        sent = {**of_page, "lesson": lesson.code, "action": "swap", "with": with_lesson.code}
        return {client.post("/schedule/absences/", sent).status_code for _time in times}

    answers = all_at_once(
        lambda work: work(),
        [lambda: swap(clients[0], one, other), lambda: swap(clients[1], other, one)],
    )

    assert answers == [{303}, {303}]


def day_of(lesson: Lesson) -> str:
    return str(timezone.localdate(lesson.starts_at))


def move_all(planned: list[Lesson], by: dt.timedelta) -> None:
    for lesson in planned:
        now = Lesson.objects.get(pk=lesson.pk)
        moved = changed(now, starts_at=now.starts_at + by, ends_at=now.ends_at + by)
        change_lesson(now, moved)


def make_rooms() -> None:
    make_rooms_ahead(timezone.now())


def at_once(*works: Callable[[], None]) -> None:
    all_at_once(lambda work: work(), works)
