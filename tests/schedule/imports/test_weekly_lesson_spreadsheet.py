from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.enums import LessonState, RecordMode, RoomType, WeeklyLessonSource
from schedule.imports import weekly_lesson_spreadsheet
from schedule.imports.weekly_lesson_spreadsheet import import_weekly_lessons
from schedule.lessons.change import change_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import (
    BellTime,
    ClassGroup,
    Course,
    Lesson,
    PlannedLesson,
    PlanningAction,
    Term,
    WeeklyLesson,
)
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.schedule.imports.meanwhile import after
from tests.support.bell_lists import add_list
from tests.support.commands import Outcome, run_with
from tests.support.lessons import changed
from tests.support.sheets import csv_of, xlsx_of

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,weekday,start,end,weeks,room_type,record"
LONG_HEAD = f"{HEAD},title,assistants"
ROW = "语文课,li,1班,1,8:00,8:45,,0,yes"


@pytest.fixture(autouse=True)
def term() -> Term:
    return TermFactory.create(name="秋季学期", weeks=4)


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture(autouse=True)
def zhao() -> User:
    return UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])


def take(*rows: str, head: str = HEAD, **options: Any) -> dict[str, int]:
    done = import_weekly_lessons(
        csv_of(head, *rows), Term.objects.get(name="秋季学期"), at=timezone.now(), **options
    )
    return done.lessons.counts()


def counts(added: int = 0, changed: int = 0, unchanged: int = 0, removed: int = 0):
    return {"added": added, "changed": changed, "unchanged": unchanged, "removed": removed}


def reasons_of(*rows: str, head: str = HEAD) -> list[str]:
    before = WeeklyLesson.objects.count(), Lesson.objects.count(), Course.objects.count()
    with pytest.raises(SheetRefused) as refused:
        take(*rows, head=head)
    assert before == (WeeklyLesson.objects.count(), Lesson.objects.count(), Course.objects.count())
    return [str(fault) for fault in refused.value.faults]


def faults_of(*rows: str, head: str = HEAD) -> list[str]:
    return [":".join(reason.split(":", 2)[:2]) for reason in reasons_of(*rows, head=head)]


def starts(term: Term) -> list[str]:
    rows = Lesson.objects.filter(planned__term=term).order_by("starts_at")
    return [
        f"{(timezone.localtime(start) - monday_of(term)).days} {timezone.localtime(start):%H:%M}"
        for start in rows.values_list("starts_at", flat=True)
    ]


def monday_of(term: Term) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time.min))


def command(folder: Path, data: bytes, *options: str) -> Outcome:
    return run_with("import_patterns", folder, data, "--term", "秋季学期", *options)


@pytest.mark.both_databases("a command of the contract")
def test_command_brings_weekly_lessons_in_and_makes_the_lessons(
    tmp_path: Path, term: Term, li: User, zhao: User
):
    data = csv_of(
        "课程,老师,班级,星期,开始,结束,周次,课堂类型,录制,讲次,助教",
        "语文课,li,1班；2班,周一,8:00,08:45,单周,小班课,是,朗读,zhao",
        "数学课,li,1班,星期天,09:00,9:45,1-2，4,一对一,否,,",
        encoding="gb18030",
    )

    done = command(tmp_path, data)

    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "每周安排：新增 2，更改 0，不变 0，删除 0。",
        "新班级：1班",
        "新班级：2班",
        "新课程：数学课",
        "新课程：语文课",
        "added=5 changed=0 unchanged=0 removed=0",
    ]
    assert starts(term) == ["0 08:00", "6 09:00", "13 09:00", "14 08:00", "27 09:00"]
    first = Lesson.objects.order_by("starts_at")[0]
    assert (first.title, first.room_type, first.state) == ("朗读", 0, LessonState.PUBLISHED)
    assert list(first.assistants.all()) == [zhao]
    assert {group.name for group in first.class_groups.all()} == {"1班", "2班"}
    weekly_lesson = WeeklyLesson.objects.get(weekday=7)
    assert (weekly_lesson.weeks, weekly_lesson.room_type) == ("1-2,4", RoomType.ONE_TO_ONE)
    assert (weekly_lesson.record_mode, weekly_lesson.source) == (
        RecordMode.NONE,
        WeeklyLessonSource.FILE,
    )
    assert AuditEntry.objects.get(kind=AuditKind.LESSONS_IMPORTED).details["added"] == 5


@pytest.mark.both_databases("a command of the contract")
def test_same_file_again_changes_nothing(term: Term):
    take(ROW)
    before = list(Lesson.objects.values()), list(WeeklyLesson.objects.values())
    changed_at = Term.objects.get().changed_at

    assert take(ROW) == counts(unchanged=4)

    assert (list(Lesson.objects.values()), list(WeeklyLesson.objects.values())) == before
    assert Term.objects.get().changed_at == changed_at
    assert AuditEntry.objects.filter(kind=AuditKind.LESSONS_IMPORTED).count() == 1


def test_dry_run_counts_and_writes_nothing(tmp_path: Path):
    done = command(tmp_path, csv_of(HEAD, ROW), "--dry-run")

    assert done.code == 0
    assert done.stdout.splitlines()[-1] == "added=4 changed=0 unchanged=0 removed=0"
    assert not WeeklyLesson.objects.exists()
    assert not Lesson.objects.exists()
    assert not Course.objects.exists()
    assert not PlanningAction.objects.exists()


def test_term_has_nothing_left_to_plan(term: Term):
    take(ROW)

    term.refresh_from_db()
    assert not term.awaits_planning


def test_lesson_that_is_edited_before_it_is_written_is_left_alone(
    term: Term, monkeypatch: pytest.MonkeyPatch
):
    take(ROW)
    lesson = Lesson.objects.order_by("starts_at")[0]
    edit = after(lambda: change_lesson(lesson, changed(lesson, title="复习")))
    monkeypatch.setattr(weekly_lesson_spreadsheet, "own_transaction", edit)

    assert take(ROW.replace("8:00,8:45", "9:00,9:45")) == counts(changed=3, unchanged=1)
    lesson.refresh_from_db()
    assert (lesson.title, timezone.localtime(lesson.starts_at).hour) == ("复习", 8)


def test_class_groups_with_different_bell_times_are_remarked(term: Term):
    BellTime.objects.create(term=term, number=1, starts=dt.time(8), ends=dt.time(8, 45))
    add_list(term, "08:10-08:50", grades=["七年级"])
    row = ROW.replace("1班", "七年级1班;一年级1班")

    done = import_weekly_lessons(
        csv_of(HEAD, row, ROW.replace("1班", "七年级2班").replace(",li,", ",zhao,")),
        term,
        at=timezone.now(),
    )

    (remark,) = done.lessons.remarks
    assert (remark.line, remark.column) == (2, "class_groups")
    assert "08:00" in remark.reason
    # What a list holds for is planned by it, though its class group is new.
    assert set(starts_at_clock(term)) == {"08:00", "08:10"}


def starts_at_clock(term: Term) -> list[str]:
    lessons = Lesson.objects.filter(planned__term=term)
    return [f"{timezone.localtime(lesson.starts_at):%H:%M}" for lesson in lessons]


def test_new_lessons_as_drafts(tmp_path: Path):
    command(tmp_path, csv_of(HEAD, ROW), "--draft")

    assert set(Lesson.objects.values_list("state", flat=True)) == {LessonState.DRAFT}


def test_unknown_term_is_one_sentence(tmp_path: Path):
    file = csv_of(HEAD, ROW)

    with pytest.raises(CommandError, match="没有名为 春季学期 的学期"):
        run_with("import_patterns", tmp_path, file, "--term", "春季学期")


def test_faults_are_told_line_by_line_and_nothing_is_imported(tmp_path: Path):
    data = csv_of(HEAD, ROW, "数学课,wang,1班,8,9:00,8:00,0,7,x")

    done = command(tmp_path, data)

    assert (done.code, done.stdout) == (1, "")
    assert done.faults == ["3:end", "3:record", "3:room_type", "3:teacher", "3:weekday", "3:weeks"]
    assert not WeeklyLesson.objects.exists()
    assert not Course.objects.exists()


def test_ways_to_write_a_weekday(term: Term):
    monday = ("1", "周一", "星期一", "礼拜一", "一", "周1", "Monday", "MON", "１")
    sunday = ("7", "周日", "周天", "星期日", "星期天", "Sunday", "Sun.")
    expected = {**dict.fromkeys(monday, 1), **dict.fromkeys(sunday, 7)}

    take(
        *[
            f"语文课,li,1班,{word},{6 + hour}:00,{6 + hour}:45,1,0,yes"
            for hour, word in enumerate(expected)
        ]
    )

    read = term.weekly_lessons.order_by("starts").values_list("weekday", flat=True)
    assert dict(zip(expected, read, strict=True)) == expected


def test_cells_that_cannot_be_taken():
    expected = {
        ROW.replace(",1,8:00", ",0,8:00"): "2:weekday",
        ROW.replace(",1,8:00", ",,8:00"): "2:weekday",
        ROW.replace("8:00,", "25:00,"): "2:start",
        ROW.replace("8:45,", "8:00,"): "2:end",
        ROW.replace("8:45,,", "8:45,5,"): "2:weeks",
        ROW.replace("8:45,,", "8:45,3-5,"): "2:weeks",
        ROW.replace("8:45,,", "8:45,第x周,"): "2:weeks",
        ROW.replace("8:45,,", f"8:45,{'1' * 300},"): "2:weeks",
        ROW.replace("8:00,", "第1节,"): "2:start",
        ROW.replace("语文课", ""): "2:course",
        ROW.replace("1班", ""): "2:class_groups",
    }
    told = {row: faults_of(row) for row in expected}

    assert {row: faults for row, faults in told.items() if expected[row] not in faults} == {}


def test_weeks_after_the_end_of_the_term_are_named():
    (reason,) = reasons_of(ROW.replace("8:45,,", "8:45,3-6,"))

    assert reason == "2:weeks: 这个学期有 4 周，没有第 6 周"


def test_excel_cells_may_be_numbers_and_times(term: Term):
    data = xlsx_of(
        HEAD.split(","),
        ["语文课", "li", "1班", 2, dt.time(8), dt.time(8, 45), "all", 0, "yes"],
    )
    import_weekly_lessons(data, term, at=timezone.now())

    weekly_lesson = term.weekly_lessons.get()
    assert (weekly_lesson.weekday, weekly_lesson.starts, weekly_lesson.weeks) == (2, dt.time(8), "")


def test_weeks_that_excel_took_for_a_date_are_told(term: Term):
    data = xlsx_of(
        HEAD.split(","),
        ["语文课", "li", "1班", 2, "8:00", "8:45", dt.datetime(2026, 8, 1), 0, "yes"],  # noqa: DTZ001 -- as Excel has it
    )
    with pytest.raises(SheetRefused) as refused:
        import_weekly_lessons(data, term, at=timezone.now())

    assert [fault.column for fault in refused.value.faults] == ["weeks"]


class TestPeriods:
    @pytest.fixture(autouse=True)
    def bells(self, term: Term) -> None:
        for number, hour in ((1, 8), (2, 9), (3, 10)):
            BellTime.objects.create(
                term=term, number=number, starts=dt.time(hour), ends=dt.time(hour, 45)
            )

    def test_stand_for_their_times(self, term: Term):
        take("语文课,li,1班,1,第2节,第3节,,0,yes")

        weekly_lesson = term.weekly_lessons.get()
        assert (weekly_lesson.starts, weekly_lesson.ends) == (dt.time(9), dt.time(10, 45))
        assert (weekly_lesson.first_bell, weekly_lesson.last_bell) == (2, 3)
        for start, end in (("2", "3"), ("2节", "第 3 节")):
            assert take(f"语文课,li,1班,1,{start},{end},,0,yes") == counts(unchanged=4), start
            term.weekly_lessons.get(first_bell=2, last_bell=3)

    def test_times_are_times_nevertheless(self, term: Term):
        take(ROW)

        assert term.weekly_lessons.get().first_bell is None

    def test_that_are_none(self):
        for start, end, fault in (
            ("第4节", "第4节", "2:start"),
            ("第1节", "9:45", "2:end"),
            ("第3节", "第2节", "2:end"),
        ):
            assert fault in faults_of(f"语文课,li,1班,1,{start},{end},,0,yes"), start


def test_key_twice_is_an_error():
    (reason,) = reasons_of(ROW, "语文课,zhao,1班,周一,08:00,9:00,每周,0,yes")

    assert reason == "3:start: 与第 2 行是同一个每周安排"


def test_overlap_inside_the_file_is_told_at_the_later_line():
    reasons = reasons_of(ROW, "数学课,li,1班,1,8:30,9:15,3,0,yes", ROW.replace("1班,1", "1班,2"))

    assert reasons == [
        "3:class_groups: 1班 这个时间在上第 2 行的课",
        "3:teacher: 李老师 这个时间在上第 2 行的课",
    ]


def test_later_line_gives_way_though_it_begins_earlier():
    assert faults_of(ROW, "数学课,li,2班,1,7:30,8:15,,0,yes") == ["3:teacher"]


def test_rows_that_give_way_stand_in_no_other_way():
    long = "体育课,zhao,1班,1,8:30,12:00,,0,yes"
    after = "数学课,li,1班,1,9:00,9:45,,0,yes"

    assert faults_of(ROW, long, after) == ["3:class_groups"]
    assert faults_of(ROW, after, long) == ["4:class_groups"]


def test_other_weeks_do_not_overlap():
    def rows(weekday: int, one: str, other: str) -> list[str]:
        return [
            f"语文课,li,1班,{weekday},8:00,8:45,{one},0,yes",
            f"数学课,li,1班,{weekday},8:00,8:45,{other},0,yes",
        ]

    apart = (*rows(1, "单周", "双周"), *rows(2, "1-2", "3-4"), *rows(3, "odd", "2、4"))

    assert faults_of(*rows(1, "all", "")) == ["3:class_groups", "3:teacher"]
    assert take(*apart)["added"] == 3 * 4


def test_lessons_that_follow_each_other_do_not_overlap():
    assert take(ROW, "数学课,li,1班,1,8:45,9:30,,0,yes")["added"] == 8


def test_weekly_lesson_of_a_page_stands_in_the_way(term: Term, li: User):
    WeeklyLessonFactory.create(term=term, teacher=li, course=CourseFactory.create(name="英语课"))

    (reason,) = reasons_of(ROW)

    assert reason.startswith("2:teacher: 李老师 这个时间在上每周安排的“英语课")


def join(*names: str) -> User:
    student = UserFactory.create(display_name="王小明")
    for name in names:
        group = ClassGroup.objects.get_or_create(name=name)[0]
        MembershipFactory.create(user=student, class_group=group)
    return student


def test_student_of_two_class_groups_is_told_at_the_later_line():
    join("1班", "2班")

    (reason,) = reasons_of(ROW, "数学课,zhao,2班,1,8:30,9:15,2-3,0,yes")

    assert reason == "3:class_groups: 王小明（同在 2班 和 1班） 这个时间在上第 2 行的课"


def test_student_who_joined_afterwards_refuses_no_other_change():
    other = "数学课,zhao,2班,1,8:00,8:45,,0,yes"
    take(ROW, other)
    join("1班", "2班")

    assert take(ROW, other) == counts(unchanged=8)
    assert take(ROW, other.replace("yes", "no")) == counts(unchanged=4, changed=4)
    (reason,) = reasons_of(ROW, other.replace("8:45", "9:00"))
    assert "第 2 行的课" in reason


def test_group_that_may_overlap_does(term: Term):
    group = ClassGroupFactory.create(name="1班")
    WeeklyLessonFactory.create(term=term, class_groups=[group], overlap_reason="走班")

    assert take(ROW)["added"] == 8


@pytest.mark.both_databases("a command of the contract")
def test_lesson_in_the_timetable_stands_in_the_way(term: Term, li: User):
    start = monday_of(term) + dt.timedelta(days=7, hours=8, minutes=30)
    other = LessonFactory.create(teacher=li, starts_at=start)

    (reason,) = reasons_of(ROW)

    assert reason == f"2:teacher: 李老师 这个时间在上“{other}”课"


def test_other_weekly_lessons_that_collide_are_told_of_the_whole_file(term: Term, li: User):
    WeeklyLessonFactory.create(term=term, teacher=li)
    WeeklyLessonFactory.create(term=term, teacher=li)

    assert faults_of(ROW.replace("li", "zhao")) == ["1:file"]


def test_changed_row_changes_its_coming_lessons(term: Term, zhao: User):
    take(ROW)
    codes = set(Lesson.objects.values_list("code", flat=True))

    assert take("语文课,zhao,1班,3,10:00,10:45,,0,yes") == counts(changed=4)

    assert starts(term) == ["2 10:00", "9 10:00", "16 10:00", "23 10:00"]
    assert set(Lesson.objects.values_list("code", flat=True)) == codes
    assert {lesson.teacher for lesson in Lesson.objects.all()} == {zhao}


def test_row_that_is_gone_takes_its_lessons_with_it(term: Term):
    take(ROW, "数学课,zhao,1班,2,9:00,9:45,,0,yes")

    assert take(ROW) == counts(unchanged=4, removed=4)

    assert term.weekly_lessons.count() == 1


@pytest.mark.both_databases("a command of the contract")
def test_two_rows_may_swap_their_times():
    one, other = "语文课,li,1班,{},8:00,8:45,,0,yes", "数学课,zhao,1班,{},8:00,8:45,,0,yes"
    take(one.format(1), other.format(2))

    assert take(one.format(2), other.format(1)) == counts(changed=8)


def test_past_lessons_come_in_at_the_first_time_and_stay(term: Term):
    start = timezone.localdate() - dt.timedelta(days=timezone.localdate().weekday() + 14)
    term = TermFactory.create(name="过去", first_monday=start, weeks=2)

    def take_past(*rows: str) -> dict[str, int]:
        term.refresh_from_db()
        done = import_weekly_lessons(csv_of(HEAD, *rows), term, at=timezone.now())
        return done.lessons.counts()

    assert take_past(ROW) == counts(added=2)
    assert take_past("语文课,zhao,1班,1,8:00,8:45,,0,yes") == counts(unchanged=2)
    assert take_past() == counts(unchanged=2)
    assert take_past(ROW) == counts(unchanged=2)
    assert Lesson.objects.filter(teacher__username="li").count() == 2


def test_edited_lessons_are_left_alone(term: Term):
    take(ROW)
    PlannedLesson.objects.filter(date=term.first_monday).update(is_edited=True)
    delete_lessons(
        Lesson.objects.filter(planned__date=term.first_monday + dt.timedelta(days=7)),
        at=timezone.now(),
    )

    assert take(ROW.replace("li", "zhao")) == counts(changed=2, unchanged=2)

    assert Lesson.objects.get(planned__date=term.first_monday).teacher.username == "li"


def test_what_the_file_does_not_say_stays(term: Term, zhao: User):
    take(f"{ROW},朗读,zhao", head=LONG_HEAD)
    WeeklyLesson.objects.update(record_mode=RecordMode.SIGNALLING, overlap_reason="走班")

    take(ROW)

    weekly_lesson = term.weekly_lessons.get()
    assert (weekly_lesson.title, weekly_lesson.record_mode) == ("朗读", RecordMode.SIGNALLING)
    assert weekly_lesson.overlap_reason == "走班"
    assert list(weekly_lesson.assistants.all()) == [zhao]


def test_width_of_a_username_makes_nobody_their_own_assistant_or_one_twice(zhao: User):
    row = "语文课,li,1班,1,8:00,8:45,,0,yes,,"

    assert faults_of(f"{row}ｌｉ", head=LONG_HEAD) == ["2:assistants"]
    assert take(f"{row}zhao；ｚｈａｏ", head=LONG_HEAD) == counts(added=4)
    assert list(WeeklyLesson.objects.get().assistants.all()) == [zhao]


def test_course_and_class_group_in_other_width_or_case_are_those_that_are_there():
    take("语文A,li,A1班,1,8:00,8:45,,0,yes")

    assert take("语文Ａ,li,Ａ1班；a1班,1,8:00,8:45,,0,yes") == counts(unchanged=4)
    assert faults_of("英语B,li,2班,1,8:00,8:45,,0,yes", "英语Ｂ,zhao,２班,1,8:00,9:00,,0,yes") == [
        "3:start"
    ]


def test_nobody_becomes_their_own_assistant():
    take(f"{ROW},,zhao", head=LONG_HEAD)

    assert faults_of(ROW.replace("li", "zhao")) == ["2:teacher"]


def test_same_weekly_lesson_of_a_page_is_taken_over_with_its_lessons(term: Term, li: User):
    course = Course.objects.create(name="语文课")
    group = ClassGroupFactory.create(name="1班")
    WeeklyLessonFactory.create(term=term, course=course, class_groups=[group], teacher=li)
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))

    assert take(ROW) == counts(unchanged=4)

    assert term.weekly_lessons.get().source == WeeklyLessonSource.FILE


def test_archived_class_group_is_another():
    group = ClassGroupFactory.create(name="1班", archived_at=timezone.now())

    take(ROW)

    assert ClassGroup.objects.filter(name="1班").exclude(pk=group.pk).count() == 1


@pytest.mark.both_databases("a command of the contract")
@pytest.mark.parametrize("rows", [1, 30])
def test_statements_hardly_grow_with_the_rows(rows: int):
    lines = [f"课程{number},t{number},{number}班,1,8:00,8:45,1-2,0,yes" for number in range(rows)]
    for number in range(rows):
        UserFactory.create(username=f"t{number}", roles=[Role.TEACHER])
        ClassGroupFactory.create(name=f"{number}班")
        CourseFactory.create(name=f"课程{number}")

    with CaptureQueriesContext(connection) as queries:
        assert take(*lines)["added"] == 2 * rows

    assert len(queries) <= 65
