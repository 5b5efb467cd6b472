from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.enums import CloudStatus, LessonState, RecordMode, RoomReason, RoomType
from schedule.imports.lesson_spreadsheet import import_lessons
from schedule.lessons.cancel import cancel_lesson
from schedule.models import ClassGroup, Course, Lesson, Occupation, Room
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
)
from tests.support.commands import run_with
from tests.support.lessons import open_again
from tests.support.sheets import csv_of, xlsx_of

pytestmark = pytest.mark.django_db

HEAD = "course,teacher,class_groups,date,start,end,room_type,record"
LONG_HEAD = f"{HEAD},title,assistants,room_id"
ROW = "语文课,li,1班,2099-09-02,8:00,8:45,0,yes"


@pytest.fixture(autouse=True)
def li() -> User:
    return UserFactory.create(username="li", display_name="李老师", roles=[Role.TEACHER])


@pytest.fixture(autouse=True)
def zhao() -> User:
    return UserFactory.create(username="zhao", display_name="赵老师", roles=[Role.TEACHER])


def counts_of(*rows: str, head: str = HEAD, **options: Any) -> tuple[int, int, int]:
    result = import_lessons(csv_of(head, *rows), **options)
    return result.added, result.changed, result.unchanged


def faults_of(*rows: str, head: str = HEAD) -> list[tuple[int, str]]:
    with pytest.raises(SheetRefused) as refused:
        import_lessons(csv_of(head, *rows))
    return [(fault.line, fault.column) for fault in refused.value.faults]


def in_school_time(text: str) -> dt.datetime:
    return timezone.make_aware(dt.datetime.fromisoformat(text))


@pytest.mark.both_databases("a command of the contract")
def test_command_brings_a_timetable_in(tmp_path: Path, li: User) -> None:
    data = csv_of(
        "课程,老师,班级,日期,开始,结束,课堂类型,录制,讲次,助教,课堂号",
        "语文课,li,1班；2班,2099/9/2,8:00,08:45,小班课,是,第一讲,zhao,",
        "数学课,li,1班,2099-09-02,09:00,9:45,一对一,否,,,",
        encoding="gb18030",
    )

    outcome = run_with("import_lessons", tmp_path, data)

    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines()[-1] == "added=2 changed=0 unchanged=0"
    first, second = Lesson.objects.order_by("starts_at")
    assert first.title == "第一讲"
    assert first.teacher == li
    assert [user.username for user in first.assistants.all()] == ["zhao"]
    assert {group.name for group in first.class_groups.all()} == {"1班", "2班"}
    assert first.starts_at == in_school_time("2099-09-02T08:00")
    assert first.ends_at == in_school_time("2099-09-02T08:45")
    assert (first.room_type, first.record_mode) == (RoomType.INTERACTIVE, RecordMode.AUTOMATIC)
    assert first.state == LessonState.PUBLISHED
    assert second.title == "数学课 0902-0900"
    assert (second.room_type, second.record_mode) == (RoomType.ONE_TO_ONE, RecordMode.NONE)
    assert Occupation.objects.filter(lesson=first).count() == 4


def test_times_of_xlsx_cells_are_those_of_the_text() -> None:
    day, start, end = dt.date(2099, 9, 2), dt.time(8), dt.time(8, 45)
    import_lessons(xlsx_of(HEAD.split(","), ["语文课", "li", "1班", day, start, end, 0, "yes"]))

    assert counts_of(ROW) == (0, 0, 1)


def test_names_in_other_width_or_case_are_those_that_are_there(zhao: User) -> None:
    row = "{},{},{},2099-09-02,8:00,8:45,0,yes,,{},"
    counts_of(row.format("语文A", "li", "A1班", "zhao"), head=LONG_HEAD)

    wide = row.format("语文Ａ", "ｌｉ", "Ａ1班；a1班", "zhao；ｚｈａｏ")
    assert counts_of(wide, head=LONG_HEAD) == (0, 0, 1)
    assert faults_of(row.format("语文A", "li", "A1班", "ｌｉ"), head=LONG_HEAD) == [
        (2, "assistants")
    ]
    # One lesson twice in a file of new names.
    row = row.replace("8:", "9:")
    twice = [row.format("英语B", "li", "2班", ""), row.format("英语Ｂ", "zhao", "２班", "")]
    assert faults_of(*twice, head=LONG_HEAD) == [(3, "start")]


def test_name_that_may_be_any_of_two_is_not_guessed() -> None:
    CourseFactory.create(name="IT课")
    CourseFactory.create(name="it课")
    ClassGroupFactory.create(name="A1班")
    ClassGroupFactory.create(name="a1班")

    assert faults_of("It课,li,Ａ1班,2099-09-02,8:00,8:45,0,yes") == [
        (2, "class_groups"),
        (2, "course"),
    ]


def test_room_types_by_number_and_name() -> None:
    words = {
        "": RoomType.INTERACTIVE,
        "0": RoomType.INTERACTIVE,
        "互动班课": RoomType.INTERACTIVE,
        "小班课": RoomType.INTERACTIVE,
        "1": RoomType.LECTURE,
        "大班课": RoomType.LECTURE,
        "2": RoomType.ONE_TO_ONE,
        "一对一": RoomType.ONE_TO_ONE,
        "3": RoomType.ROUND_TABLE,
        "圆桌会议": RoomType.ROUND_TABLE,
    }
    rows = [
        f"语文课,li,1班,2099-09-{day:02},8:00,8:45,{word}," for day, word in enumerate(words, 1)
    ]

    import_lessons(csv_of(HEAD, *rows))

    lessons = Lesson.objects.order_by("starts_at")
    read = dict(zip(words, lessons.values_list("room_type", flat=True), strict=True))
    assert read == words
    assert {lesson.record_mode for lesson in lessons} == {RecordMode.AUTOMATIC}


def test_drafts_are_asked_for(tmp_path: Path) -> None:
    run_with("import_lessons", tmp_path, csv_of(HEAD, ROW), "--draft")

    assert Lesson.objects.get().is_draft
    assert counts_of(ROW) == (0, 0, 1)
    assert Lesson.objects.get().is_draft


@pytest.mark.both_databases("a command of the contract")
def test_second_run_changes_nothing_and_writes_nothing() -> None:
    data = csv_of(LONG_HEAD, f"{ROW},第一讲,zhao,")
    import_lessons(data)

    with CaptureQueriesContext(connection) as queries:
        result = import_lessons(data)

    assert (result.added, result.changed, result.unchanged) == (0, 0, 1)
    assert _writes_in(queries) == []


def test_rows_that_differ_change_their_lessons() -> None:
    rows: list[tuple[str, str, Any]] = [
        ("语文课,zhao,1班,2099-09-01,8:00,8:45,0,yes,,,", "teacher__username", "zhao"),
        (
            "语文课,li,1班,2099-09-02,8:00,9:30,0,yes,,,",
            "ends_at",
            in_school_time("2099-09-02T09:30"),
        ),
        ("语文课,li,1班,2099-09-03,8:00,8:45,1,yes,,,", "room_type", RoomType.LECTURE),
        ("语文课,li,1班,2099-09-04,8:00,8:45,0,no,,,", "record_mode", RecordMode.NONE),
        ("语文课,li,1班,2099-09-05,8:00,8:45,0,yes,新题,,", "title", "新题"),
        ("语文课,li,1班,2099-09-06,8:00,8:45,0,yes,,zhao,", "assistants__username", "zhao"),
    ]
    changed = [row for row, _column, _expected in rows]
    import_lessons(
        csv_of(HEAD, *[ROW.replace("2099-09-02", f"2099-09-0{day}") for day in range(1, 7)])
    )

    assert counts_of(*changed, head=LONG_HEAD) == (0, 6, 0)
    lessons = Lesson.objects.order_by("starts_at")
    for lesson, (row, column, expected) in zip(lessons, rows, strict=True):
        found = Lesson.objects.filter(pk=lesson.pk).values_list(column, flat=True)
        assert list(found) == [expected], row
    assert counts_of(*changed, head=LONG_HEAD) == (0, 0, 6)


def test_class_groups_in_another_order_are_the_same_lesson() -> None:
    import_lessons(csv_of(HEAD, ROW.replace("1班", "1班;2班")))

    assert counts_of(ROW.replace("1班", "2班；1班")) == (0, 0, 1)


def test_what_the_file_cannot_say_stays() -> None:
    import_lessons(csv_of(LONG_HEAD, f"{ROW},第一讲,zhao,"))
    Lesson.objects.update(record_mode=RecordMode.SIGNALLING, students_may_download=True)
    Lesson.objects.update(families_may_watch=False)

    assert counts_of(ROW) == (0, 0, 1)
    assert counts_of(f"{ROW},,,", head=LONG_HEAD) == (0, 1, 0)
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.students_may_download) == ("第一讲", True)
    assert lesson.families_may_watch is False
    assert lesson.record_mode == RecordMode.SIGNALLING
    assert not lesson.assistants.exists()


@pytest.mark.both_databases("a command of the contract")
def test_two_lessons_may_swap_teachers() -> None:
    import_lessons(csv_of(HEAD, ROW, ROW.replace("li,1班", "zhao,2班")))

    swapped = (ROW.replace("li,1班", "zhao,1班"), ROW.replace("li,1班", "li,2班"))

    assert counts_of(*swapped) == (0, 2, 0)
    assert Occupation.objects.count() == 4


def test_cancelled_lesson_stays_cancelled() -> None:
    import_lessons(csv_of(HEAD, ROW))
    cancel_lesson(Lesson.objects.get(), reason="", at=timezone.now())

    assert counts_of(ROW) == (0, 0, 1)
    assert counts_of(ROW.replace("8:45", "9:00")) == (0, 1, 0)
    assert counts_of(ROW.replace("语文课", "数学课")) == (1, 0, 0)
    assert Lesson.objects.get(course__name="语文课").is_cancelled


BAD_ROWS: list[tuple[str, list[tuple[int, str]]]] = [
    (ROW.replace("li", "nobody"), [(2, "teacher")]),
    (ROW.replace("li", "ming"), [(2, "teacher")]),
    (ROW.replace("li", "gone"), [(2, "teacher")]),
    (ROW.replace("8:45", "7:45"), [(2, "end")]),
    (ROW.replace("8:45", "8:00"), [(2, "end")]),
    (ROW.replace("8:00", "25:00"), [(2, "start")]),
    (ROW.replace("8:45", "noon"), [(2, "end")]),
    (ROW.replace("2099-09-02", "2099-02-30"), [(2, "date")]),
    (ROW.replace("2099-09-02", "2.9.2099"), [(2, "date")]),
    (ROW.replace("2099-09-02", "0209-09-02"), [(2, "date")]),
    (ROW.replace(",0,", ",4,"), [(2, "room_type")]),
    (ROW.replace("yes", "maybe"), [(2, "record")]),
    (ROW.replace("1班", " ; "), [(2, "class_groups")]),
    (ROW.replace("语文课", ""), [(2, "course")]),
    (ROW.replace("语文课", "语" * 65), [(2, "course")]),
    (
        ",,,,,,,x",
        [(2, c) for c in ("class_groups", "course", "date", "end", "record", "start", "teacher")],
    ),
    (f"{ROW},第一讲", [(2, "row")]),
    (f"{ROW.replace('li', 'nobody')},第一讲", [(2, "row"), (2, "teacher")]),
    (
        "语文课,nobody,1班,2099-09-02,8:00,7:00,9,yes",
        [(2, "end"), (2, "room_type"), (2, "teacher")],
    ),
]


def test_a_bad_row_is_told_by_line_and_column() -> None:
    UserFactory.create(username="ming", roles=[Role.STUDENT])
    UserFactory.create(username="gone", roles=[Role.TEACHER], is_active=False)
    good = "数学课,zhao,2班,2099-09-02,8:00,8:45,0,yes"

    assert [(row, faults_of(row, good)) for row, _faults in BAD_ROWS] == BAD_ROWS
    assert not Lesson.objects.exists()
    assert not Course.objects.exists()
    assert not ClassGroup.objects.exists()


def test_a_bad_optional_cell_is_told_too() -> None:
    bad = {
        "题" * 129 + ",,": "title",
        ",nobody,": "assistants",
        ",zhao;li,": "assistants",
        ",,12a": "room_id",
        ",,-5": "room_id",
        f",,{'9' * 20}": "room_id",
    }

    assert {more: faults_of(f"{ROW},{more}", head=LONG_HEAD) for more in bad} == {
        more: [(2, column)] for more, column in bad.items()
    }


def test_a_missing_column_is_a_fault_of_the_head(tmp_path: Path) -> None:
    columns = HEAD.split(",")
    for column in columns:
        head = ",".join(name for name in columns if name != column)

        outcome = run_with("import_lessons", tmp_path, csv_of(head, "a,b"))

        assert (outcome.code, outcome.faults, outcome.stdout) == (1, [f"1:{column}"], "")


@pytest.mark.both_databases("a command of the contract")
def test_nobody_is_in_two_lessons() -> None:
    first = f"{ROW},,,"
    taken = [
        ("数学课,li,2班,2099-09-02,8:30,9:15,0,yes,,,", "teacher"),
        ("数学课,zhao,2班,2099-09-02,8:30,9:15,0,yes,,li,", "assistants"),
        ("数学课,zhao,2班;1班,2099-09-02,8:44,9:15,0,yes,,,", "class_groups"),
        ("数学课,zhao,1班,2099-09-02,7:00,10:00,0,yes,,,", "class_groups"),
    ]

    for row, column in taken:
        assert faults_of(first, row, head=LONG_HEAD) == [(3, column)], row
        assert faults_of(row, first, head=LONG_HEAD)[0][0] == 3, row
    import_lessons(csv_of(LONG_HEAD, first))
    for row, column in taken:
        assert faults_of(row, head=LONG_HEAD) == [(2, column)], row
    assert Lesson.objects.count() == 1


def test_lessons_that_only_touch_are_fine() -> None:
    assert counts_of(ROW, "数学课,li,1班,2099-09-02,8:45,9:30,0,yes") == (2, 0, 0)


def test_an_unknown_room_type_is_told_those_that_can_be_written() -> None:
    with pytest.raises(SheetRefused) as refused:
        import_lessons(csv_of(HEAD, ROW.replace(",0,yes", ",seminar,yes")))

    [fault] = refused.value.faults
    assert (fault.column, "大班课" in fault.reason) == ("room_type", True)
    assert counts_of(ROW.replace(",0,yes", ",大班课,yes")) == (1, 0, 0)


@pytest.mark.parametrize("word", ["手动录制", "手动", "Manual"])
def test_a_recording_by_hand_is_refused_in_words(word: str) -> None:
    with pytest.raises(SheetRefused) as refused:
        import_lessons(csv_of(HEAD, ROW.replace(",0,yes", f",0,{word}")))

    [fault] = refused.value.faults
    assert (fault.column, "手动录制" in fault.reason) == (
        "record",
        True,
    )


def test_all_faults_are_told_at_once() -> None:
    faults = faults_of(
        ROW,
        ROW.replace("语文课,li,1班", "数学课,nobody,2班"),
        ROW.replace("语文课,li,1班", "英语课,li,3班"),
        ROW.replace("8:45", "7:00"),
    )

    assert faults == [(3, "teacher"), (4, "teacher"), (5, "end")]


def test_overlap_is_told_in_words(tmp_path: Path, settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"
    import_lessons(csv_of(HEAD, ROW))
    rows = (ROW.replace("1班", "2班"), ROW.replace("1班", "3班"))

    outcome = run_with("import_lessons", tmp_path, csv_of(HEAD, *rows))

    reason = "李老师 is in the lesson 语文课 0902-0800 2099-09-02 08:00 at that time"
    assert outcome.stderr.splitlines() == [f"2:teacher: {reason}", f"3:teacher: {reason}"]


@pytest.fixture
def shared_students() -> list[User]:
    """Make students who are in both 1班 and 英语A班."""
    groups = [ClassGroup.objects.create(name=name) for name in ("1班", "英语A班")]
    found = UserFactory.create_batch(2)
    for user in found:
        for group in groups:
            MembershipFactory.create(user=user, class_group=group)
    return found


def test_students_in_two_lessons_are_told_in_words(
    tmp_path: Path, settings: Any, shared_students: list[User]
) -> None:
    settings.LANGUAGE_CODE = "en"
    english = ROW.replace("li,1班", "zhao,英语A班")
    who = "2 students of 英语A班 and 1班 are in the lesson"

    outcome = run_with("import_lessons", tmp_path, csv_of(HEAD, ROW, english))

    assert outcome.stderr.splitlines() == [f"3:class_groups: {who} of line 2 at that time"]

    import_lessons(csv_of(HEAD, ROW))
    outcome = run_with("import_lessons", tmp_path, csv_of(HEAD, english))

    there = f"{who} 语文课 0902-0800 2099-09-02 08:00 at that time"
    assert outcome.stderr.splitlines() == [f"2:class_groups: {there}"]


def test_who_joined_a_second_class_group_refuses_no_file_again() -> None:
    english = ROW.replace("li,1班", "zhao,英语A班")
    import_lessons(csv_of(HEAD, ROW, english))
    student = UserFactory.create()
    for group in ClassGroup.objects.all():
        MembershipFactory.create(user=student, class_group=group)

    assert counts_of(ROW, english) == (0, 0, 2)
    assert counts_of(f"{ROW},新题,,", head=LONG_HEAD) == (0, 1, 0)
    assert faults_of(english.replace("8:45", "8:50")) == [(2, "class_groups")]


def test_planner_may_have_let_class_groups_overlap(zhao: User) -> None:
    import_lessons(csv_of(HEAD, ROW))
    group = ClassGroup.objects.get()
    LessonFactory.create(
        teacher=zhao,
        class_groups=[group],
        starts_at=in_school_time("2099-09-02T08:00"),
        ends_at=in_school_time("2099-09-02T08:45"),
        overlap_reason="split",
    )

    assert counts_of(ROW) == (0, 0, 1)
    assert counts_of(ROW.replace("8:45", "8:50")) == (0, 1, 0)


def test_a_lesson_twice_in_the_file_is_a_fault() -> None:
    for other in (ROW, ROW.replace("li", "zhao"), ROW.replace("8:45", "9:00")):
        assert faults_of(ROW, "", other) == [(4, "start")], other


def test_a_teacher_who_was_the_assistant_is_told() -> None:
    import_lessons(csv_of(LONG_HEAD, f"{ROW},,zhao,"))

    assert faults_of(ROW.replace("li", "zhao")) == [(2, "teacher")]


def test_a_class_that_has_begun_is_frozen() -> None:
    import_lessons(csv_of(HEAD, ROW))
    lesson = Lesson.objects.get()
    Room.objects.create(lesson=lesson, room_id=1, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    assert faults_of(ROW.replace("li", "zhao")) == [(2, "teacher")]
    assert counts_of(f"{ROW},新题,,", head=LONG_HEAD) == (0, 1, 0)


def test_of_a_class_that_is_opened_again_people_change_and_its_time_does_not() -> None:
    import_lessons(csv_of(HEAD, ROW))
    open_again(Lesson.objects.get())
    later_end = ROW.replace("8:45", "8:50")
    assert later_end != ROW

    assert faults_of(later_end) == [(2, "end")]
    assert faults_of(later_end.replace("li", "zhao")) == [(2, "end")]
    assert counts_of(ROW.replace("li", "zhao")) == (0, 1, 0)


def test_history_comes_in_with_its_room() -> None:
    row = "语文课,li,1班,2024-09-02,8:00,8:45,0,yes,,,300000001"

    assert counts_of(row, head=LONG_HEAD) == (1, 0, 0)
    assert counts_of(row, head=LONG_HEAD) == (0, 0, 1)
    room = Room.objects.get()
    assert (room.room_id, room.reason, room.is_current) == (300000001, RoomReason.HISTORY, True)
    assert room.lesson == Lesson.objects.get()


def test_room_is_added_to_a_lesson_that_is_there() -> None:
    row = "语文课,li,1班,2024-09-02,8:00,8:45,0,yes,,,"
    import_lessons(csv_of(LONG_HEAD, row))

    assert counts_of(f"{row}7", head=LONG_HEAD) == (0, 1, 0)
    assert faults_of(f"{row}8", head=LONG_HEAD) == [(2, "room_id")]
    assert counts_of(row, head=LONG_HEAD) == (0, 0, 1)


def test_adopted_room_becomes_the_lessons_own() -> None:
    Room.objects.create(room_id=7, sdk_app_id=1)

    assert counts_of(f"{ROW},,,7", head=LONG_HEAD) == (1, 0, 0)
    assert Room.objects.get().lesson == Lesson.objects.get()


def test_room_of_another_lesson_is_refused() -> None:
    other = "数学课,li,1班,2024-09-02,9:00,9:45,0,yes,,,7"
    import_lessons(csv_of(LONG_HEAD, f"{ROW},,,7"))

    assert faults_of(other, head=LONG_HEAD) == [(2, "room_id")]
    assert faults_of(
        f"{ROW},,,", f"{other}0", f"{other[:-1]}70".replace("9:00,9", "10:00,10"), head=LONG_HEAD
    ) == [(4, "room_id")]


@pytest.mark.both_databases("a command of the contract")
def test_dry_run_finds_overlaps_and_writes_nothing(tmp_path: Path) -> None:
    fine = run_with("import_lessons", tmp_path, csv_of(HEAD, ROW), "--dry-run")
    bad = run_with(
        "import_lessons", tmp_path, csv_of(HEAD, ROW, ROW.replace("1班", "2班")), "--dry-run"
    )

    assert (fine.code, fine.stdout.splitlines()[-1]) == (0, "added=1 changed=0 unchanged=0")
    assert (bad.code, bad.faults) == (1, ["3:teacher"])
    assert not Lesson.objects.exists()
    assert not Course.objects.exists()


def test_hours_that_clocks_skip_or_repeat_are_refused(settings: Any) -> None:
    settings.TIME_ZONE = "Europe/Berlin"

    assert faults_of("语文课,li,1班,2026-03-29,2:15,3:15,0,yes") == [(2, "start")]
    assert faults_of("语文课,li,1班,2026-03-29,1:00,2:30,0,yes") == [(2, "end")]
    assert faults_of("语文课,li,1班,2026-10-25,2:30,4:00,0,yes") == [(2, "start")]
    assert counts_of("语文课,li,1班,2026-10-25,8:00,8:45,0,yes") == (1, 0, 0)


# More than SQLite takes values, or conditions one in another, in a statement.
LESSONS = 1020


@pytest.mark.both_databases("a command of the contract")
def test_many_lessons_take_few_queries() -> None:
    rows = [
        f"课{number % 12},t{number % 20},{number % 20}班,2099-09-{1 + number // 200:02},"
        f"{8 + number // 20 % 10}:00,{8 + number // 20 % 10}:45,0,yes"
        for number in range(LESSONS)
    ]
    for number in range(20):
        UserFactory.create(username=f"t{number}", roles=[Role.TEACHER])
    data = csv_of(HEAD, *rows)

    with CaptureQueriesContext(connection) as first:
        result = import_lessons(data)
    with CaptureQueriesContext(connection) as second:
        import_lessons(data)

    assert (result.added, Lesson.objects.count()) == (LESSONS, LESSONS)
    assert len(first) < 300  # SQLite takes few values a statement
    assert len(second) < 20
    assert _writes_in(second) == []


def test_twenty_thousand_rows_and_one_are_refused(tmp_path: Path) -> None:
    outcome = run_with("import_lessons", tmp_path, csv_of(HEAD, *[ROW] * 20_001))

    assert (outcome.code, outcome.faults) == (1, ["20002:row"])


def _writes_in(queries: CaptureQueriesContext) -> list[str]:
    verbs = ("INSERT", "UPDATE", "DELETE")
    return [query["sql"] for query in queries.captured_queries if query["sql"].startswith(verbs)]


def test_timetables_have_the_headings_that_schools_give_them() -> None:
    assert counts_of(ROW) == (1, 0, 0)
    for head in (
        "科目,教师,班,上课日期,开始时间,结束时间,类型,是否录制",
        "学科,任课老师,上课班级,日期,上课时间,下课时间,班型,录课",
        "Subject,授课教师,Class,Date,Start time,End time,room type,Recorded",
    ):
        assert counts_of(ROW, head=head) == (0, 0, 1), head
