from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.utils import timezone

from accounts.enums import AuditKind, Role
from accounts.models import AuditEntry, User
from schedule.enums import WeeklyLessonSource
from schedule.imports.fet import importing
from schedule.imports.fet.importing import read_file
from schedule.lessons.change import change_lesson
from schedule.models import BellTime, ClassGroup, Course, FetName, Lesson, Term, WeeklyLesson
from tests.factories.accounts import UserFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    TermFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.schedule.imports.meanwhile import after
from tests.support import fet_files
from tests.support.commands import Outcome, run_with
from tests.support.erasing import erased, somebody
from tests.support.fet_files import Activity, fet_file
from tests.support.lessons import changed
from tests.support.transactions import reading_alone

pytestmark = pytest.mark.django_db
WEEKS = 2


@pytest.fixture
def term() -> Term:
    return TermFactory.create(name="2026秋", weeks=WEEKS, first_monday=coming_monday())


@pytest.fixture
def bells(term: Term) -> None:
    for number, (starts, ends) in enumerate(fet_files.BELLS, start=1):
        BellTime.objects.create(
            term=term,
            number=number,
            starts=dt.time.fromisoformat(starts),
            ends=dt.time.fromisoformat(ends),
        )


@pytest.fixture
def ms_li() -> User:
    return UserFactory.create(username="li", display_name="Ms Li", roles=(Role.TEACHER,))


@pytest.fixture
def group() -> ClassGroup:
    return ClassGroupFactory.create(name="9a")


@pytest.fixture
def known(ms_li: User, group: ClassGroup) -> None:
    """Make the teacher and the class group of an activity that says nothing else."""


def import_fet(folder: Path, term: Term, *activities: Activity, options: str = "") -> Outcome:
    return import_data(folder, term, fet_file(activities), options=options)


def import_data(folder: Path, term: Term, data: bytes, *, options: str = "") -> Outcome:
    """Leave out the lines of what is new, which are looked at by themselves below."""
    arguments = ["--format", "fet", "--term", term.name, *options.split()]
    outcome = run_with("import_lessons", folder, data, *arguments)
    lines = outcome.stdout.splitlines(keepends=True)
    others = [line for line in lines if not line.startswith("新")]
    assert lines == [*others[:-1], *(line for line in lines if line not in others), *others[-1:]]
    return replace(outcome, stdout="".join(others))


def hours_of(term: Term) -> list[tuple[int, str, str]]:
    rows = term.weekly_lessons.order_by("weekday", "starts")
    return [(row.weekday, f"{row.starts:%H:%M}", f"{row.ends:%H:%M}") for row in rows]


def counts(added: int = 0, changed: int = 0, unchanged: int = 0, removed: int = 0) -> str:
    return f"added={added} changed={changed} unchanged={unchanged} removed={removed}\n"


def test_names_in_other_width_or_case_are_one(term: Term, known: None, tmp_path: Path):
    activities = [
        Activity(1, "Monday", ["8:00-8:45"], students="1A", subject="Art"),
        Activity(2, "Tuesday", ["8:00-8:45"], students="１a", subject="ＡＲＴ"),
        Activity(3, "Friday", ["8:00-8:45"], students="1A+1a", subject="Art"),
    ]

    done = import_fet(tmp_path, term, *activities, options="--create-missing")

    assert (done.code, done.stdout) == (0, counts(added=3 * WEEKS))
    assert [*ClassGroup.objects.exclude(name="9a").values_list("name", flat=True)] == ["1A"]
    assert [*Course.objects.values_list("name", flat=True)] == ["Art"]


@pytest.mark.parametrize(
    ("many", "line"),
    [
        ({"teachers": "+".join(f"T{number}" for number in range(2999))}, 3),
        ({"students": "+".join(f"C{number}" for number in range(2999))}, 3),
        ({"hours": [f"Hour {number}" for number in range(56)]}, 58),
    ],
)
def test_more_names_than_a_school_has_are_a_fault(
    term: Term, tmp_path: Path, many: dict[str, Any], line: int
):
    activities = [
        replace(Activity(1, "Monday", ["8:00-8:45"]), **many),
        Activity(2, "Tuesday", ["8:00-8:45"], teachers="T0", students="C0"),
    ]

    refused = import_fet(tmp_path, term, *activities, options="--create-missing --dry-run")

    assert refused.code == 1
    assert refused.faults == [f"{line}:row"]


def test_teacher_with_the_username_of_somebody_erased_is_named_and_made(
    term: Term, known: None, tmp_path: Path
):
    erased(somebody("Mr Old", username="Mr-Old"))
    activity = Activity(1, "Monday", ["8:00-8:45"], teachers="Mr Old")

    done = import_fet(tmp_path, term, activity, options="--create-missing")

    assert done.code == 0
    assert done.stderr.startswith("2:Teachers: Mr Old: ")
    assert timezone.localdate().isoformat() in done.stderr


# --- The school week ------------------------------------------------------------------------------


# More than one, as only then neither days nor hours come in their order.
CLASS_GROUPS = 2


def test_a_school_week_becomes_the_lessons_of_the_term_however_its_hours_are_named(
    term: Term, bells: None, tmp_path: Path
):
    activities = fet_files.school_week(groups=CLASS_GROUPS)
    lessons = len(activities) * WEEKS

    first = import_data(tmp_path, term, fet_file(activities), options="--create-missing")

    assert (first.code, first.stdout, first.stderr) == (0, counts(added=lessons), "")
    begins = {(starts, ends) for _day, starts, ends in hours_of(term)}
    assert len(begins) == 8 + 4  # single hours, and the double ones
    assert ("13:30", "14:15") in begins
    assert ("13:30", "15:10") in begins
    assert {day for day, _starts, _ends in hours_of(term)} == {1, 2, 3, 4, 5}
    assert ClassGroup.objects.filter(name__startswith="Group ").count() == CLASS_GROUPS
    assert WeeklyLesson.objects.exclude(assistants=None).count() == len(activities) // 10
    # Every way to write these hours makes the same lessons.
    for hours in fet_files.HOUR_NAMES:
        data = fet_file(fet_files.school_week(hours=hours, groups=CLASS_GROUPS))
        again = import_data(tmp_path, term, data)
        told = (again.code, again.stdout, again.stderr)
        assert told == (0, counts(unchanged=lessons), ""), hours


# --- What becomes of a row ------------------------------------------------------------------------


def test_rows_of_one_activity_are_one_lesson(term: Term, known: None, tmp_path: Path):
    double = Activity(1, "Monday", ["8:00 - 8:45", "8:55 - 9:40"])

    assert import_fet(tmp_path, term, double).stdout == counts(added=WEEKS)

    assert hours_of(term) == [(1, "08:00", "09:40")]
    lesson = Lesson.objects.order_by("starts_at")[0]
    assert timezone.localtime(lesson.starts_at).date() == term.first_monday
    assert (lesson.course.name, lesson.teacher.username) == ("Maths", "li")


def test_hours_with_another_between_are_two_lessons(term: Term, known: None, tmp_path: Path):
    gap = Activity(1, "Monday", ["8:00 - 8:45", "9:50 - 10:35"])

    import_fet(tmp_path, term, gap)

    assert hours_of(term) == [(1, "08:00", "08:45"), (1, "09:50", "10:35")]


def test_parts_of_an_activity_on_two_days_are_two_lessons(term: Term, known: None, tmp_path: Path):
    import_fet(
        tmp_path, term, Activity(1, "Friday", ["9:00-9:45"]), Activity(1, "Monday", ["8:00-8:45"])
    )

    assert hours_of(term) == [(1, "08:00", "08:45"), (5, "09:00", "09:45")]


def test_first_teacher_teaches_and_the_others_assist(term: Term, known: None, tmp_path: Path):
    UserFactory.create(username="wang", display_name="Mr Wang", roles=(Role.TEACHER,))
    ClassGroupFactory.create(name="9b")

    import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45"], teachers="Mr Wang+Ms Li", students="9a+9b"),
    )

    weekly_lesson = term.weekly_lessons.get()
    assert weekly_lesson.teacher.username == "wang"
    assert [user.username for user in weekly_lesson.assistants.all()] == ["li"]
    assert {group.name for group in weekly_lesson.class_groups.all()} == {"9a", "9b"}
    assert weekly_lesson.source == WeeklyLessonSource.FET


def test_activities_without_people_are_named_and_left_out(term: Term, known: None, tmp_path: Path):
    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45", "8:55-9:40"], teachers=""),
        Activity(2, "Monday", ["8:00-8:45"], students=""),
        Activity(3, "Monday", ["8:00-8:45"]),
    )

    assert (outcome.code, outcome.stdout) == (0, counts(added=WEEKS))
    assert outcome.faults == ["2:Teachers", "4:Students Sets"]
    assert "1" in outcome.stderr.splitlines()[0]


def test_activity_without_a_subject_has_a_course_of_its_own(
    term: Term, known: None, tmp_path: Path
):
    outcome = import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"], subject=""))

    assert (outcome.code, outcome.stdout) == (0, counts(added=WEEKS))


# --- The file -------------------------------------------------------------------------------------


def test_every_way_in_which_fet_writes_the_file(term: Term, known: None, tmp_path: Path):
    activities = [Activity(1, "Monday", ["8:00-8:45"], comments="a; b, \"c\" 'd'")]
    import_fet(tmp_path, term, *activities)
    expected = read_file(fet_file(activities)).rows

    for way in itertools.product([",", ";", "\t"], ['"', "'"], [True, False]):
        separator, quote, has_head = way
        data = fet_file(activities, separator=separator, quote=quote, has_head=has_head)
        # The lines of a file without a head begin one earlier.
        lines = [replace(row, line=row.line + (not has_head)) for row in read_file(data).rows]
        assert lines == expected, way

    odd = fet_file(activities, separator=";", quote="'", has_head=False)
    assert import_data(tmp_path, term, odd).stdout == counts(unchanged=WEEKS)


def test_file_without_activities_is_refused(term: Term, tmp_path: Path):
    outcome = import_fet(tmp_path, term)

    assert (outcome.code, outcome.stdout, outcome.faults) == (1, "", ["1:file"])


def test_row_without_a_day_is_at_fault(term: Term, known: None, tmp_path: Path):
    outcome = import_fet(tmp_path, term, Activity(1, "", ["8:00-8:45"]))

    assert (outcome.code, outcome.faults) == (1, ["2:Day"])


def test_other_tables_are_refused(term: Term, tmp_path: Path):
    outcome = import_data(tmp_path, term, b"course,teacher\nMaths,li\n")

    assert outcome.code == 1
    assert not term.weekly_lessons.exists()


# --- Days and hours -------------------------------------------------------------------------------


def test_days_of_no_language_follow_from_monday_on(term: Term, known: None, tmp_path: Path):
    import_fet(
        tmp_path,
        term,
        Activity(1, "Day B", ["8:00-8:45"]),
        Activity(2, "Day A", ["9:00-9:45"]),
    )

    assert hours_of(term) == [(1, "08:00", "08:45"), (2, "09:00", "09:45")]


def test_more_than_seven_days_need_an_option(term: Term, known: None, tmp_path: Path):
    activities = [Activity(number, f"Day {number}", ["8:00-8:45"]) for number in range(1, 9)]

    refused = import_fet(tmp_path, term, *activities)
    days = ",".join(f"Day {number}={number % 7 + 1}" for number in range(1, 9))
    taken = run_with(
        "import_lessons",
        tmp_path,
        fet_file(activities),
        *("--format", "fet", "--term", term.name, "--days", days),
    )

    assert (refused.code, refused.stdout) == (1, "")
    assert refused.faults == [f"{line}:Day" for line in range(2, 10)]
    assert taken.code == 0
    assert {day for day, _starts, _ends in hours_of(term)} == {1, 2, 3, 4, 5, 6, 7}


def test_day_that_the_file_does_not_have_is_a_fault(term: Term, known: None, tmp_path: Path):
    outcome = import_fet(tmp_path, term, Activity(1, "Mon", ["8:00-8:45"]), options="--days Tue=1")

    assert (outcome.code, outcome.faults) == (1, ["1:file"])


def test_hours_without_clock_times_or_bells_are_faults(term: Term, known: None, tmp_path: Path):
    outcome = import_fet(tmp_path, term, Activity(1, "Monday", ["Tiết 1", "Tiết 2"]))

    assert (outcome.code, outcome.faults) == (1, ["2:Hour", "3:Hour"])


def test_hours_of_the_bells_follow_them(term: Term, bells: None, known: None, tmp_path: Path):
    import_fet(tmp_path, term, Activity(1, "Monday", ["Tiết 2", "Tiết 3"]))

    weekly_lesson = term.weekly_lessons.get()
    assert (weekly_lesson.first_bell, weekly_lesson.last_bell) == (2, 3)
    assert hours_of(term) == [(1, "08:55", "10:35")]


# --- People and class groups ----------------------------------------------------------------------


def test_people_are_found_by_either_name(term: Term, known: None, tmp_path: Path):
    names = ["li", "LI", "Ms Li", "ms li", "ＭＳ　Ｌｉ"]

    def told(name: str) -> tuple[int, str]:
        activity = Activity(1, "Monday", ["8:00-8:45"], teachers=name)
        outcome = import_fet(tmp_path, term, activity, options="--dry-run")
        return outcome.code, outcome.stderr

    assert {name: told(name) for name in names} == dict.fromkeys(names, (0, ""))


def test_name_of_two_people_is_never_guessed(term: Term, known: None, tmp_path: Path):
    UserFactory.create(username="li2", display_name="ms LI", roles=(Role.TEACHER,))

    outcome = import_fet(
        tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]), options="--create-missing"
    )

    assert (outcome.code, outcome.stdout, outcome.faults) == (1, "", ["2:Teachers"])
    assert "(li)" in outcome.stderr
    assert "(li2)" in outcome.stderr
    assert not term.weekly_lessons.exists()


def test_unknown_names_are_faults(term: Term, tmp_path: Path):
    outcome = import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))

    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.faults == ["2:Students Sets", "2:Teachers"]


def test_missing_people_are_made_as_teachers_without_a_password(term: Term, tmp_path: Path):
    UserFactory.create(username="Ms-Li", display_name="A student")

    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45"], teachers="Ms Li"),
        Activity(2, "Monday", ["9:00-9:45"], teachers="Ms/Li"),
        options="--create-missing",
    )

    assert outcome.code == 0
    made = User.objects.filter(username__startswith="Ms-Li-").order_by("username")
    assert [(user.username, user.display_name) for user in made] == [
        ("Ms-Li-2", "Ms Li"),
        ("Ms-Li-3", "Ms/Li"),
    ]
    assert all(user.roles == {Role.TEACHER} for user in made)
    assert not any(user.has_usable_password() for user in made)
    assert ClassGroup.objects.filter(name="9a").exists()


def test_names_that_differ_in_case_alone_are_one_new_person(term: Term, tmp_path: Path):
    activities = [
        Activity(1, "Monday", ["8:00-8:45"], teachers="Ms Li"),
        Activity(2, "Monday", ["9:00-9:45"], teachers="MS LI"),
    ]
    import_fet(tmp_path, term, *activities, options="--create-missing")

    again = import_fet(tmp_path, term, *activities)

    assert again.stdout == counts(unchanged=2 * WEEKS)
    assert User.objects.with_role(Role.TEACHER).get().display_name == "Ms Li"


def test_names_too_long_to_be_made_are_faults(term: Term, tmp_path: Path):
    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45"], teachers="t" * 65, students="s" * 65),
        options="--create-missing",
    )

    assert (outcome.code, outcome.faults) == (1, ["2:Students Sets", "2:Teachers"])


def test_students_and_archived_class_groups_are_nobody_to_teach(term: Term, tmp_path: Path):
    UserFactory.create(username="li", display_name="Ms Li", roles=(Role.STUDENT,))
    ClassGroupFactory.create(name="9a", archived_at=timezone.now())

    outcome = import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))

    assert outcome.faults == ["2:Students Sets", "2:Teachers"]


def test_names_mean_what_a_planner_confirmed(
    term: Term, known: None, ms_li: User, group: ClassGroup, tmp_path: Path
):
    UserFactory.create(username="li2", display_name="Ms Li", roles=(Role.TEACHER,))
    FetName.objects.create(kind="teacher", name="Ms Li", user=ms_li)
    FetName.objects.create(kind="students", name="IX-a", class_group=group)
    FetName.objects.create(kind="day", name="Day 1", weekday=3)
    FetName.objects.create(kind="hour", name="first", starts=dt.time(9), ends=dt.time(10))
    FetName.objects.create(kind="teacher", name="Nobody")

    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Day 1", ["first"], teachers="Nobody+Ms Li", students="IX-a"),
        Activity(2, "Day 1", ["first"], teachers="Nobody", students="IX-a"),
    )

    assert (outcome.code, outcome.faults) == (0, ["3:Teachers"])
    assert hours_of(term) == [(3, "09:00", "10:00")]
    assert term.weekly_lessons.get().teacher == ms_li


# --- Beside what is there -------------------------------------------------------------------------


def test_changed_file_changes_its_lessons(term: Term, known: None, tmp_path: Path):
    monday, tuesday = (
        Activity(1, "Monday", ["8:00-8:45"]),
        Activity(2, "Tuesday", ["8:00-8:45"], subject="Art"),
    )
    import_fet(tmp_path, term, monday, tuesday)

    moved = import_fet(tmp_path, term, Activity(1, "Monday", ["9:00-9:45"]), tuesday)
    gone = import_fet(tmp_path, term, tuesday)

    assert moved.stdout == counts(changed=WEEKS, unchanged=WEEKS)
    assert gone.stdout == counts(removed=WEEKS, unchanged=WEEKS)


def test_dry_run_keeps_nothing(term: Term, tmp_path: Path):
    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45"]),
        options="--create-missing --dry-run",
    )

    assert outcome.stdout == counts(added=WEEKS)
    assert not term.weekly_lessons.exists()
    assert not Lesson.objects.filter(planned__term=term).exists()
    assert not ClassGroup.objects.filter(name="9a").exists()
    assert not User.objects.filter(display_name="Ms Li").exists()


def test_dry_run_takes_no_transaction_from_anybody(term: Term, known: None, tmp_path: Path):
    with reading_alone():
        outcome = import_fet(
            tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]), options="--dry-run"
        )

    assert outcome.stdout == counts(added=WEEKS)


def test_term_has_nothing_left_to_plan(term: Term, known: None, tmp_path: Path):
    import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))

    term.refresh_from_db()
    assert not term.awaits_planning


def test_lesson_that_is_edited_before_it_is_written_is_left_alone(
    term: Term, known: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))
    lesson = Lesson.objects.order_by("starts_at")[0]
    edit = after(lambda: change_lesson(lesson, changed(lesson, title="By hand")))
    monkeypatch.setattr(importing, "own_transaction", edit)

    moved = import_fet(tmp_path, term, Activity(1, "Monday", ["9:00-9:45"]))

    assert moved.stdout == counts(changed=WEEKS - 1, unchanged=1)
    lesson.refresh_from_db()
    assert (lesson.title, timezone.localtime(lesson.starts_at).hour) == ("By hand", 8)


def test_import_stands_in_the_audit_log(term: Term, known: None, tmp_path: Path):
    import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))

    entry = AuditEntry.objects.get(kind=AuditKind.LESSONS_IMPORTED)
    assert entry.details == {"added": WEEKS, "changed": 0, "unchanged": 0, "removed": 0}


def test_weekly_lessons_of_others_are_not_touched(
    term: Term, known: None, ms_li: User, group: ClassGroup, tmp_path: Path
):
    by_hand = WeeklyLessonFactory.create(term=term, teacher=ms_li, class_groups=[group])
    LessonFactory.create(teacher=ms_li)
    twin = Activity(2, "Monday", ["8:00-8:45"], subject=by_hand.course.name)

    outcome = import_fet(tmp_path, term, Activity(1, "Tuesday", ["8:00-8:45"]), twin)
    without = import_fet(tmp_path, term, twin)

    assert (outcome.stdout, outcome.faults) == (counts(added=WEEKS), ["3:Activity Id"])
    assert without.stdout == counts(removed=WEEKS)
    by_hand.refresh_from_db()
    assert by_hand.source == WeeklyLessonSource.PAGE
    # It waits for the planner, who has not planned the term yet.
    term.refresh_from_db()
    assert term.awaits_planning
    assert Lesson.objects.count() == 1


def test_lessons_in_conflict_are_left_out_and_named(
    term: Term, known: None, group: ClassGroup, tmp_path: Path
):
    UserFactory.create(username="wang", display_name="Mr Wang", roles=(Role.TEACHER,))

    outcome = import_fet(
        tmp_path,
        term,
        Activity(1, "Monday", ["8:00-8:45"]),
        Activity(2, "Monday", ["8:30-9:15"], subject="Art", teachers="Mr Wang"),
    )

    told, total = outcome.stdout.splitlines()
    assert (outcome.code, total + "\n") == (0, counts(added=WEEKS))
    assert told.startswith("3:Students Sets: ")
    assert "9a" in told
    assert "1" in told


def test_conflict_with_a_lesson_that_is_there_names_it(
    term: Term, known: None, ms_li: User, tmp_path: Path
):
    at = timezone.make_aware(dt.datetime.combine(term.first_monday, dt.time(8)))
    there = LessonFactory.create(teacher=ms_li, starts_at=at)

    outcome = import_fet(tmp_path, term, Activity(1, "Monday", ["8:00-8:45"]))

    told, total = outcome.stdout.splitlines()
    assert total + "\n" == counts(added=WEEKS - 1)
    assert there.course.name in told


# --- The command ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        ["--format", "fet"],
        ["--format", "fet", "--term", "nowhere"],
        ["--format", "fet", "--term", "2026秋", "--days", "Monday"],
        ["--format", "fet", "--term", "2026秋", "--draft"],
        ["--create-missing"],
        ["--term", "2026秋"],
    ],
)
def test_options_that_do_not_fit_are_refused(term: Term, tmp_path: Path, options: list[str]):
    with pytest.raises(CommandError):
        run_with("import_lessons", tmp_path, b"", *options)


def test_what_is_new_is_printed_above_the_last_line(term: Term, tmp_path: Path):
    data = fet_file([Activity(1, "Monday", ["8:00-8:45"])])
    arguments = ("--format", "fet", "--term", term.name, "--create-missing")

    outcome = run_with("import_lessons", tmp_path, data, *arguments)

    assert outcome.stdout.splitlines() == [
        "新班级：9a",
        "新课程：Maths",
        "新人员：Ms Li (Ms-Li)",
        counts(added=WEEKS).rstrip(),
    ]
