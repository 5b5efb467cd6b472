"""Every list of people, class groups and courses stands as the school lists them; what is expected was sorted by hand."""

from __future__ import annotations

import datetime as dt
import io
import random
from collections.abc import Iterable

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import ClassroomIdentity, User
from edu_platform.lib import natural_order
from replays.enums import ReplayState
from replays.models import Replay
from schedule.enums import CloudStatus, MembershipKind
from schedule.models import ClassGroup, Course, Lesson, Room, Term
from schedule.week_grid import monday_of
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    UnplannedLessonFactory,
    WeeklyLessonFactory,
    coming_monday,
)
from tests.support.administration import list_of
from tests.support.fet_files import Activity, fet_file
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("each compares names in a way of its own"),
]

CLASS_GROUPS = (
    *(f"一年级{number}班" for number in range(1, 11)),
    *("二年级1班", "二年级2班", "3班", "三年级1班", "2025级1班", "A班"),
    *("初一(2)班", "初一(10)班", "英语提高班", "😀班"),
)
# Usernames stand the other way round; of two people of one name they decide.
TEACHERS = {
    "t99": "12号老师",
    "t98": "Anna",
    "t97": "bob",
    "t96": "丁一",
    "t95": "仇云",
    "t94": "单云",
    "t92": "王云",
    "t93": "王云",
    "t91": "解云",
    "t90": "曾云",
    "t89": "😀老师",
}
# As they are called where two have one name.
TEACHERS_APART = [
    f"{name} ({username})" if name == "王云" else name for username, name in TEACHERS.items()
]
# Below their grades, and those without one last.
CLASS_GROUPS_BY_GRADE = (
    *(f"一年级{number}班" for number in range(1, 11)),
    *("二年级1班", "二年级2班", "三年级1班", "2025级1班", "初一(2)班", "初一(10)班"),
    *("3班", "A班", "英语提高班", "😀班"),
)
GRADES = ("一年级", "二年级", "三年级", "2025级", "初一", "-")
COURSES = ("2对1", "Art", "道德与法治", "数学课", "体育课", "英语课", "语文课")
STUDENTS = {"s3": "赵四", "s5": "钱十", "s4": "钱十一", "s6": "单小雨"}
STUDENTS_IN_ORDER = ["s5", "s4", "s6", "s3"]


def shuffled(names: Iterable[str]) -> list[str]:
    names = list(names)
    random.Random(2).shuffle(names)
    return names


@pytest.fixture
def groups() -> dict[str, ClassGroup]:
    return {name: ClassGroupFactory.create(name=name) for name in shuffled(CLASS_GROUPS)}


@pytest.fixture
def teachers() -> dict[str, User]:
    return {
        username: UserFactory.create(
            username=username, display_name=TEACHERS[username], roles=[Role.TEACHER]
        )
        for username in shuffled(TEACHERS)
    }


@pytest.fixture
def courses() -> dict[str, Course]:
    return {name: CourseFactory.create(name=name) for name in shuffled(COURSES)}


@pytest.fixture
def lessons(
    groups: dict[str, ClassGroup], teachers: dict[str, User], courses: dict[str, Course]
) -> list[Lesson]:
    """One for each class group this week, its class group and its teacher busy nowhere else at that time."""
    starts = timezone.make_aware(dt.datetime.combine(monday_of(timezone.localdate()), dt.time(8)))
    return [
        LessonFactory.create(
            course=courses[COURSES[number % len(COURSES)]],
            teacher=teachers[list(TEACHERS)[number % len(TEACHERS)]],
            class_groups=[group],
            starts_at=starts + dt.timedelta(hours=number),
            ends_at=starts + dt.timedelta(hours=number, minutes=45),
        )
        for number, group in enumerate(groups.values())
    ]


@pytest.fixture
def merged(groups: dict[str, ClassGroup], teachers: dict[str, User]) -> Lesson:
    """A lesson of all class groups, in which all but one teacher assist."""
    teacher, *assistants = teachers.values()
    return LessonFactory.create(
        teacher=teacher, assistants=assistants, class_groups=groups.values()
    )


@pytest.fixture
def term(lessons: list[Lesson]) -> Term:
    source = TermFactory.create(name="去年", first_monday=coming_monday() - dt.timedelta(weeks=30))
    for lesson in lessons:
        WeeklyLessonFactory.create(term=source, class_groups=lesson.class_groups.all())
    return TermFactory.create(name="今年", first_monday=coming_monday(), weeks=2)


@pytest.fixture
def client(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


# --- What a page lists -----------------------------------------------------------------------------


def page_of(client: Client, address: str) -> Element:
    answer = client.get(address)
    assert answer.status_code == 200
    return read(answer.content)


def values_of(element: Element) -> list[str]:
    """Return what can be chosen."""
    return [value for each in element.all("option") if (value := each.attrs["value"])]


def labels_of(element: Element) -> list[str]:
    return [each.text for each in element.all("option") if each.attrs["value"]]


def among(names: Iterable[str], texts: Iterable[str]) -> list[str]:
    """Return those of these texts that are one of the names."""
    wanted = set(names)
    return [text for text in texts if text in wanted]


def column(page: Element, css_class: str) -> list[str]:
    """A column of a list of the administration."""
    rows = page.one("table", id="result_list").one("tbody").all("tr")
    return [
        cell.text for row in rows for cell in (*row.all("th", css_class), *row.all("td", css_class))
    ]


# --- Where lessons are planned ---------------------------------------------------------------------


@pytest.mark.usefixtures("groups", "teachers")
def test_choice_of_a_timetable(client: Client):
    page = page_of(client, "/schedule/")

    assert values_of(page.one("select", name="teacher")) == list(TEACHERS)
    assert values_of(page.one("select", name="class_group")) == list(CLASS_GROUPS)


@pytest.mark.usefixtures("groups", "teachers", "courses")
@pytest.mark.parametrize("place", ["lessons/new/", "terms/{}/weekly/new/"])
def test_names_offered_to_who_plans(client: Client, place: str):
    page = page_of(client, f"/schedule/{place.format(TermFactory.create().code)}")

    assert values_of(page.one("datalist", id="known-teachers")) == list(TEACHERS)
    assert values_of(page.one("datalist", id="known-class-groups")) == list(CLASS_GROUPS)
    assert values_of(page.one("datalist", id="known-courses")) == list(COURSES)


def test_form_of_a_lesson(client: Client, merged: Lesson):
    page = page_of(client, f"/schedule/lessons/{merged.code}/change/")

    groups, assistants = (
        page.one("input", name=name).attrs["value"] for name in ("class_groups", "assistants")
    )
    assert groups.split("; ") == list(CLASS_GROUPS)
    assert assistants.split("; ") == [each for each in TEACHERS if each != merged.teacher.username]


def test_page_of_a_lesson(client: Client, merged: Lesson):
    text = page_of(client, f"/schedule/lessons/{merged.code}/").text

    assert "、".join(CLASS_GROUPS) in text
    others = [name for name in TEACHERS if name != merged.teacher.username]
    assert "、".join(TEACHERS[name] for name in others) in text


def test_what_a_change_says_of_class_groups(
    client: Client, lessons: list[Lesson], groups: dict[str, ClassGroup]
):
    added = ["一年级10班", "一年级9班", "英语提高班"]
    lesson = next(each for each in lessons if not each.class_groups.filter(name__in=added).exists())
    (own,) = lesson.class_groups.all()
    form = page_of(client, f"/schedule/lessons/{lesson.code}/change/").one("main")
    sent = {
        each.attrs["name"]: each.attrs.get("value", "")
        for each in form.all("input")
        if each.attrs.get("name", "").strip("_") in ("course", "teacher", "date", "start", "end")
    }

    answer = client.post(
        f"/schedule/lessons/{lesson.code}/change/",
        {**sent, "class_groups": ";".join([own.name, *added]), "overlap_reason": "x"},
    )

    assert answer.status_code == 303
    named = "、".join(name for name in CLASS_GROUPS if name in {own.name, *added})
    assert named in page_of(client, f"/schedule/lessons/{lesson.code}/changes/").text


@pytest.mark.usefixtures("lessons")
def test_sheets_to_print(client: Client):
    page = page_of(client, f"/schedule/{timezone.localdate()}/print/")

    contents = [each.text for each in page.one("ul", "print-contents").all("a")]
    assert contents == list(CLASS_GROUPS)


@pytest.mark.usefixtures("lessons")
def test_sheets_of_teachers_to_print(client: Client):
    page = page_of(client, f"/schedule/{timezone.localdate()}/print/?of=teachers")

    contents = [each.text for each in page.one("ul", "print-contents").all("a")]
    assert contents == TEACHERS_APART


@pytest.mark.parametrize("query", ["", "?of=teachers"])
def test_class_groups_of_a_lesson_on_paper(client: Client, merged: Lesson, query: str):
    day = timezone.localdate(merged.starts_at)

    page = page_of(client, f"/schedule/{day}/print/{query}")

    sheets = page.all("section", "sheet")
    assert len(sheets) == len(TEACHERS if query else CLASS_GROUPS)
    assert all("、".join(CLASS_GROUPS) in sheet.text for sheet in sheets)


@pytest.mark.usefixtures("lessons")
@pytest.mark.parametrize("place", ["", "matrix.xlsx", "print/"])
def test_rows_of_the_school_timetable(client: Client, place: str):
    for query, names in (("", CLASS_GROUPS_BY_GRADE), ("&by=teacher", TEACHERS_APART)):
        address = f"/schedule/matrix/{place}?span=week{query}"
        if place.endswith("xlsx"):
            book = openpyxl.load_workbook(io.BytesIO(client.get(address).content))
            texts = [str(row[0]) for row in book.worksheets[0].values]
        else:
            texts = [each.text for each in page_of(client, address).all("th", scope="row")]
        assert among(names, texts) == list(names)


@pytest.mark.usefixtures("groups", "teachers")
def test_class_groups_of_a_lesson_in_the_school_timetable(client: Client, merged: Lesson):
    day = timezone.localdate(merged.starts_at)

    page = page_of(client, f"/schedule/matrix/{day}/?by=teacher&of={merged.teacher.username}")

    assert "、".join(CLASS_GROUPS) in page.one("table").text


@pytest.mark.usefixtures("groups", "teachers", "courses")
def test_filters_of_the_day(client: Client):
    page = page_of(client, "/schedule/today/")

    assert values_of(page.one("select", name="teacher")) == list(TEACHERS)
    assert values_of(page.one("select", name="class_group")) == list(CLASS_GROUPS)
    assert values_of(page.one("select", name="grade")) == list(GRADES)
    assert values_of(page.one("select", name="course")) == list(COURSES)


def test_absence(client: Client, teachers: dict[str, User]):
    page = page_of(client, "/schedule/absences/?teacher=t90&from=2026-09-01&to=2026-09-01")

    assert values_of(page.one("datalist", id="known-teachers")) == list(TEACHERS)


@pytest.mark.usefixtures("groups")
def test_substitutes_who_fit_alike(client: Client, teachers: dict[str, User]):
    lesson = LessonFactory.create(teacher=teachers["t91"])
    day = timezone.localdate(lesson.starts_at)

    page = page_of(client, f"/schedule/absences/?teacher=t91&from={day}&to={day}")

    (form,) = (each for each in page.all("form") if each.all("input", value=lesson.code))
    offered = values_of(form.one("select", name="teacher"))
    assert offered == [username for username in TEACHERS if username != "t91"]


# --- Terms and files -------------------------------------------------------------------------------


def test_copy_of_a_term(client: Client, term: Term):
    page = page_of(client, f"/schedule/terms/{term.code}/copy/").one("table", "copy-groups")

    assert [each.text for each in page.all("label")] == list(CLASS_GROUPS)
    assert labels_of(page.all("select")[0]) == list(CLASS_GROUPS)


@pytest.mark.usefixtures("groups", "teachers")
def test_names_of_a_fet_file(client: Client):
    term = TermFactory.create()
    students = ("8班", "9班", "10班", "11班")
    activities = [
        Activity(number, "Monday", ["8:00-8:45"], students=name, teachers=f"老师{name}")
        for number, name in enumerate(reversed(students), start=1)
    ]
    path = f"/schedule/terms/{term.code}/fet/"
    file = SimpleUploadedFile("week_timetable.csv", fet_file(activities))

    chosen = client.post(path, {"file": file, "kept": ""})

    page = page_of(client, chosen["Location"])
    assert values_of(page.one("datalist", id="known-teachers")) == list(TEACHERS)
    assert values_of(page.one("datalist", id="known-class-groups")) == list(CLASS_GROUPS)
    heads = [each.text.split()[0] for each in page.all("th", scope="row")]
    assert among(students, heads) == list(students)
    assert among({f"老师{name}" for name in students}, heads) == [
        f"老师{name}" for name in students
    ]


# --- Hours, robots, class teachers -----------------------------------------------------------------


@pytest.mark.usefixtures("lessons")
def test_hours(client: Client):
    month = f"{monday_of(timezone.localdate()):%Y-%m}"
    page = page_of(client, f"/schedule/hours/?month={month}")
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/schedule/hours.xlsx?month={month}").content)
    )

    shown = [each.one("span").text for each in page.one("table").one("tbody").all("th")]
    assert shown == [username for username in TEACHERS if username in shown]
    assert len(shown) > 5
    for sheet in book:
        listed = among(TEACHERS, (str(cell) for row in sheet.values for cell in row))
        assert list(dict.fromkeys(listed)) == shown


def test_robots(client: Client, groups: dict[str, ClassGroup]):
    for group in (None, *groups.values()):
        ChannelFactory.create(class_group=group)

    page = page_of(client, "/schedule/channels/")
    form = page_of(client, "/schedule/channels/new/")

    shown = [facts.all("dd")[0].text for facts in page.all("dl", "facts")]
    assert shown == ["The whole school", *CLASS_GROUPS]
    assert labels_of(form.one("select", name="class_group")) == list(CLASS_GROUPS)


@pytest.fixture
def students(groups: dict[str, ClassGroup]) -> list[User]:
    people = [
        UserFactory.create(username=username, display_name=STUDENTS[username])
        for username in STUDENTS
    ]
    for person in people:
        MembershipFactory.create(class_group=groups["一年级1班"], user=person)
    return people


@pytest.mark.usefixtures("students")
def test_class_teacher(
    signed_in: SignedIn, groups: dict[str, ClassGroup], teachers: dict[str, User]
):
    for group in groups.values():
        MembershipFactory.create(
            class_group=group, user=teachers["t90"], kind=MembershipKind.CLASS_TEACHER
        )
    client = signed_in(teachers["t90"], "en")

    page = page_of(client, "/schedule/class-groups/")
    members = page_of(client, f"/schedule/class-groups/{groups['一年级1班'].code}/")

    assert among(CLASS_GROUPS, (each.text for each in page.one("main").all("a"))) == list(
        CLASS_GROUPS
    )
    rows = [[cell.text for cell in row.all()] for row in members.one("table").all("tr")]
    shown = [text for row in rows for text in row if text in STUDENTS]
    assert list(dict.fromkeys(shown)) == STUDENTS_IN_ORDER


@pytest.mark.usefixtures("students")
def test_start_passwords(client: Client, groups: dict[str, ClassGroup]):
    chosen = {"code": groups["一年级1班"].code}

    page = read(client.post("/class-groups/start-passwords/", chosen).content)

    texts = [each.text for each in page.all("dd")]
    assert list(dict.fromkeys(among(STUDENTS, texts))) == STUDENTS_IN_ORDER


# --- Replays ---------------------------------------------------------------------------------------


@pytest.fixture
def replays(lessons: list[Lesson]) -> None:
    for number, lesson in enumerate(lessons):
        room = Room.objects.create(
            lesson=lesson,
            sdk_app_id=1,
            room_id=70 + number,
            cloud_status=CloudStatus.ENDED,
            real_started_at=lesson.starts_at,
            real_ended_at=lesson.ends_at,
        )
        ReplayFactory.create(lesson=lesson, room=room, made_at=lesson.ends_at)


@pytest.mark.usefixtures("replays")
def test_filters_of_replays(client: Client):
    page = page_of(client, "/replays/")

    assert values_of(page.one("select", name="teacher")) == list(TEACHERS)
    assert values_of(page.one("select", name="class_group")) == list(CLASS_GROUPS)
    assert values_of(page.one("select", name="course")) == list(COURSES)


@pytest.mark.usefixtures("replays")
def test_filters_of_a_teacher(signed_in: SignedIn, teachers: dict[str, User]):
    Lesson.objects.update(teacher=teachers["t90"])
    Replay.objects.update(teacher=teachers["t90"])

    page = page_of(signed_in(teachers["t90"], "en"), "/replays/")

    assert values_of(page.one("select", name="class_group")) == list(CLASS_GROUPS)
    assert values_of(page.one("select", name="course")) == list(COURSES)


def test_teachers_of_late_replays(client: Client, teachers: dict[str, User]):
    ended_at = timezone.now() - dt.timedelta(hours=2)
    for teacher in [*teachers.values()] * 2:
        lesson = UnplannedLessonFactory.create(
            teacher=teacher, starts_at=ended_at - dt.timedelta(hours=1), ends_at=ended_at
        )
        ReplayFactory.create(lesson=lesson, state=ReplayState.PROCESSING)

    page = page_of(client, "/replays/late/")

    assert values_of(page.one("select", name="teacher")) == list(TEACHERS)


def test_class_groups_of_a_replay(client: Client, merged: Lesson):
    replay = ReplayFactory.create(lesson=merged)

    listed, own = page_of(client, "/replays/"), page_of(client, f"/replays/{replay.code}/")
    exported = client.get("/replays/export/?format=csv&everything=1")

    named = "、".join(CLASS_GROUPS)
    assert named in listed.text
    assert named in own.text
    assert named in exported.getvalue().decode()


@pytest.mark.usefixtures("replays")
def test_usage(client: Client):
    page = page_of(client, f"/replays/usage/?period={timezone.localdate().year}")

    shown = [row.all("th")[0].text for row in page.all("table")[0].one("tbody").all("tr")]
    assert among(CLASS_GROUPS, shown) == list(CLASS_GROUPS)


@pytest.mark.usefixtures("groups", "teachers", "courses")
@pytest.mark.parametrize(
    ("address", "names"), [("/class-groups/", CLASS_GROUPS), ("/courses/", COURSES)]
)
def test_lists_of_planners(client: Client, address: str, names: tuple[str, ...]):
    table = page_of(client, address).one("table").one("tbody")

    assert among(names, (each.text for each in table.all("a"))) == list(names)


# --- The administration ----------------------------------------------------------------------------


@pytest.mark.usefixtures("teachers")
@pytest.mark.parametrize("query", ["", "?o=2.1"])
def test_people_in_the_administration(signed_in: SignedIn, superuser: User, query: str):
    page = page_of(signed_in(superuser, "en"), f"{list_of(User)}{query}")

    assert among(TEACHERS, column(page, "field-username")) == list(TEACHERS)


@pytest.mark.usefixtures("lessons")
def test_filters_of_lessons(client: Client):
    page = page_of(client, "/schedule/lessons/")

    teachers = labels_of(page.one("select", name="teacher"))
    assert teachers == [f"{name} ({username})" for username, name in TEACHERS.items()]
    assert labels_of(page.one("select", name="class_group")) == list(CLASS_GROUPS)
    assert labels_of(page.one("select", name="course")) == list(COURSES)


def test_people_of_the_classroom(client: Client, teachers: dict[str, User]):
    for number, teacher in enumerate(teachers.values()):
        ClassroomIdentity.objects.create(
            user=teacher, sdk_app_id=1, origin_id=str(number), classroom_user_id=f"c{number}"
        )

    shown = column(page_of(client, list_of(ClassroomIdentity)), "field-user")

    assert shown == [f"{name} ({username})" for username, name in TEACHERS.items()]


@pytest.mark.usefixtures("groups", "teachers")
@pytest.mark.parametrize(
    ("of", "field", "names"),
    [
        (
            ("accounts", "externalaccount"),
            "user",
            [f"{name} ({key})" for key, name in TEACHERS.items()],
        ),
    ],
)
def test_search_where_one_is_chosen(
    client: Client, of: tuple[str, str], field: str, names: Iterable[str]
):
    query = {"app_label": of[0], "model_name": of[1], "field_name": field, "term": ""}

    results = client.get("/admin/autocomplete/", query).json()["results"]

    assert among(names, (each["text"] for each in results)) == list(names)


def test_class_groups_of_a_person(
    client: Client, groups: dict[str, ClassGroup], teachers: dict[str, User]
):
    for group in groups.values():
        MembershipFactory.create(class_group=group, user=teachers["t90"])

    page = page_of(client, f"/people/{teachers['t90'].code}/")

    shown = (link.text for link in page.one("main").all("a"))
    assert among(CLASS_GROUPS, dict.fromkeys(shown)) == list(CLASS_GROUPS)


# --- What it costs ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("replays", "term")
@pytest.mark.parametrize(
    "address",
    [
        *("/schedule/", "/schedule/lessons/new/", "/schedule/hours/", "/schedule/channels/new/"),
        *("/schedule/absences/", "/replays/", "/replays/late/", "/replays/usage/"),
        *("/courses/", "/class-groups/", "/people/", "/schedule/lessons/"),
        list_of(ClassroomIdentity),
    ],
)
def test_who_reads_needs_no_pinyin(client: Client, address: str, monkeypatch: pytest.MonkeyPatch):
    """Its tables would take each process tens of MiB: keys are read from the rows."""
    monkeypatch.setattr(natural_order, "_key", None)

    assert client.get(address).status_code == 200
