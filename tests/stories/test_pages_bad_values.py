"""Whatever stands in the address of a page, or in its form, the page answers; it does not fail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client

from accounts.models import User
from courseware.models import Courseware
from replays.models import Replay
from schedule.models import BellTime, Lesson, WeeklyLesson
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import WeeklyLessonFactory

pytestmark = pytest.mark.django_db

HUGE = "9" * 20
# One of each kind that databases, numbers and encodings fail at.
SOME = ("a\0", HUGE, "\ud800")
# Those of SOME are the first.
BAD = (*SOME, f"-{HUGE}", "9" * 5000, "abc", "1e400", "١", "a " * 1900)
A_FEW = len(SOME)
REFUSALS = {403, 404}
FAULT = 500
# Both ends of the calendar, and two that are no days: the second is too much for a number of C as well.
DATES = ("0001-01-01", "9999-12-31", "2026-02-30", "99999999999-01-01")
ASKED = {
    "/schedule/": ("day", "teacher", "class_group", "school"),
    "/start/": ("step",),
    "/schedule/today/": ("day", "teacher", "class_group", "grade", "course", "show", "school"),
    "/replays/": (
        "q",
        "room_type",
        "teacher",
        "course",
        "from",
        "to",
        "state",
        "page",
        "page_size",
    ),
    "/replays/late/": ("teacher", "page", "page_size"),
    "/replays/usage/": ("period",),
    "/replays/usage.xlsx": ("period",),
    "/replays/export/": (
        "q",
        "teacher",
        "from",
        "to",
        "state",
        "course",
        "everything",
        "format",
        "language",
    ),
    "/replays/delete/": ("code", "next"),
    "/courseware/": ("q", "state", "page"),
    "/schedule/lessons/": (
        *("q", "day", "from", "to", "teacher", "class_group", "course"),
        *("state", "room_type", "recorded", "trouble"),
    ),
    "/schedule/changes/": ("q", "kind", "origin", "from", "to"),
    "/schedule/lessons/new/": ("date", "start", "teacher", "class_group", "course"),
    "/schedule/absences/": ("teacher", "from", "to", "lesson"),
    "/accounts/login/": ("next",),
    "/class-groups/": ("q", "grade", "archived", "page", "page_size"),
    "/class-groups/archive/": ("code",),
    "/class-groups/start-passwords/": ("code",),
    "/courses/": ("q", "page", "page_size"),
}
# The list whose names are all asked one by one.
LIST = "/replays/"
# Pages that read the filters of this list by its form.
READ_BY_ITS_FORM = {"/replays/export/", "/replays/late/"}
FILTERS = {"q", "teacher", "course", "from", "to", "state"}
# Read each by itself, whatever else is asked: one question with all of them asks for each.
READ_BY_THEMSELVES = {
    *("page", "page_size"),
    *("course", "weekday", "first_bell", "start", "end", "weeks", "another"),
    *("count", "minutes", "first", "between", "copy"),
}
# A period is one of a list, and what is not in it counts as the usual one; an export reads its list's form.
ASKED_LITTLE = {"/replays/usage/", "/replays/usage.xlsx", "/replays/export/"}
# Names of days. For pages that read none, a day is one more word.
NAMES_OF_DAYS = {"day", "from", "to", "date"}
WEEKS = (
    "0001-01-01",
    "0001-01-07",
    "9999-12-31",
    "9999-12-26",
    "2026-13-01",
    "99999-01-01",
    "٢٠٢٦-٠١-٠١",
)


@pytest.fixture
def replay(lesson: Lesson) -> Replay:
    return ReplayFactory.create(lesson=lesson)


@pytest.fixture
def file(teacher: User) -> Courseware:
    return CoursewareFactory.create(owner=teacher)


@pytest.fixture
def weekly_lesson(lesson: Lesson) -> WeeklyLesson:
    weekly_lesson = WeeklyLessonFactory.create(teacher=lesson.teacher)
    BellTime.objects.create(
        term=weekly_lesson.term, number=1, starts=weekly_lesson.starts, ends=weekly_lesson.ends
    )
    return weekly_lesson


@pytest.fixture(params=["planner", "student"])
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def client(
    request: pytest.FixtureRequest, signed_in: Any, who: str, replay: Replay, file: Courseware
) -> Client:
    browser: Client = signed_in(request.getfixturevalue(who))
    browser.raise_request_exception = False
    return browser


def fails(client: Client, address: str) -> bool:
    answer = client.get(address)
    for _piece in getattr(answer, "streaming_content", ()):
        pass  # an export is made while it is read
    return answer.status_code >= FAULT


def failing(client: Client, who: str, path: str, names: tuple[str, ...]) -> list[str]:
    """The questions at which the page fails; who is refused whatever they ask, asks only one."""
    questions = asking(who, path, names)
    if who != "planner" and client.get(path).status_code in REFUSALS:
        questions = questions[:1]
    return [question for question in questions if fails(client, f"{path}?{question}")]


def asking(who: str, path: str, names: tuple[str, ...]) -> list[str]:
    """For each value a question with all names; and one for a name alone with some odd values that could be its.

    Some pages, and those whose page shows less, are asked a few: the values are read by the same code.
    """
    days = DATES if NAMES_OF_DAYS.intersection(names) else ()
    if who == "planner":
        values = (*(SOME if path in ASKED_LITTLE else BAD), *days)
    else:
        values = SOME if path in ASKED_LITTLE else (*SOME, *days[:1])
    together = [urlencode(dict.fromkeys(names, value)) for value in encoded(*values)]
    if who != "planner":
        return together
    alone = [
        urlencode({name: value})
        for name in names
        if is_asked_alone(path, name)
        for value in encoded(*SOME, *(DATES if name in NAMES_OF_DAYS else ()))
    ]
    # Where there is one name only, both are the same.
    return list(dict.fromkeys(together + alone))


def is_asked_alone(path: str, name: str) -> bool:
    if path in READ_BY_ITS_FORM and name in FILTERS:
        return False
    return path == LIST or name not in READ_BY_THEMSELVES


def encoded(*values: str) -> list[bytes]:
    return [value.encode("utf-8", "surrogatepass") for value in values]


@pytest.mark.parametrize("path", ASKED)
def test_questions_to_lists(client: Client, who: str, path: str):
    assert failing(client, who, path, ASKED[path]) == []


def test_week_at_the_end_of_the_calendar(client: Client):
    addresses = [f"/schedule/{day}/{of}" for day in WEEKS for of in ("", "?teacher=teacher")]

    assert [address for address in addresses if fails(client, address)] == []


def test_questions_to_one_thing(
    client: Client,
    who: str,
    replay: Replay,
    file: Courseware,
    lesson: Lesson,
    weekly_lesson: WeeklyLesson,
):
    term = f"/schedule/terms/{weekly_lesson.term.code}/"
    asked = {
        term: ("teacher", "class_group", "page", "page_size"),
        f"{term}copy/": ("from",),
        f"{term}bells/": ("count", "minutes", "first", "between", "copy"),
        f"{term}import/": ("checked", "kind", "page", "page_size"),
        f"{term}fet/": ("kept",),
        f"{term}plan/": ("show", "page", "page_size"),
        f"{term}conflicts/": ("page", "page_size"),
        f"{term}weekly/{weekly_lesson.code}/": ("teacher", "class_group"),
        f"{term}weekly/{weekly_lesson.code}/delete/": ("teacher", "class_group"),
        f"{term}weekly/new/": (
            *("course", "teacher", "class_group", "weekday", "first_bell", "start", "end"),
            *("weeks", "another"),
        ),
        f"/replays/{replay.code}/": ("file", "next"),
        f"/replays/{replay.code}/play/": ("file",),
        f"/courseware/{file.code}/preview/": ("page",),
        f"/courseware/lessons/{lesson.code}/": ("q",),
        f"/class-groups/{lesson.class_groups.get().code}/days/": ("person",),
    }

    failed = {path: failing(client, who, path, names) for path, names in asked.items()}

    assert {path: questions for path, questions in failed.items() if questions} == {}


SENT = (
    "code",
    "next",
    "name",
    "tags",
    "days",
    "password",
    "download",
    "position_s",
    "file",
    "position",
)
SENT_MORE = (
    "courseware",
    "release",
    "teacher",
    "whole_course",
    "binding",
    "to",
    "public",
    "reason",
    "share",
    *("course", "title", "assistants", "class_groups", "date", "start", "end"),
    *("room_type", "record", "students_may_download", "families_may_watch", "check", "confirmed"),
    *("weekday", "first_bell", "last_bell", "weeks", "known", "from", "bells"),
    *("first_monday", "start_1", "end_1", "kind", "plan_weekday", "version", "with_past"),
    "overlap_reason",
    *("people", "grade", "join", "person", "0-first", "0-last", "0-mistake", "colour", "everyone"),
    *("kept", "take", "save", "day-0", "hour-0-from", "teacher-0", "teacher-0-other"),
)


FORMS = {
    "replays": (
        "/replays/delete/",
        *(
            f"/replays/{{replay}}/{act}/"
            for act in ("progress", "share", "share/revoke", "restore")
        ),
    ),
    "courseware": (
        *(f"/courseware/{{file}}/{act}/" for act in ("rename", "tags", "public", "delete")),
        *(f"/courseware/lessons/{{lesson}}/{act}/" for act in ("bind", "change", "move", "remove")),
    ),
    "people": ("/accounts/profile/notices-by-mail/",),
    "lessons": (
        *("/schedule/lessons/new/", "/schedule/lessons/", "/schedule/absences/"),
        *(
            f"/schedule/lessons/{act}/"
            for act in ("publish", "cancel", "restore", "delete", "open-rooms")
        ),
        *(
            f"/schedule/lessons/{{lesson}}/{act}/"
            for act in ("change", "cancel", "restore", "publish", "delete")
        ),
    ),
    "class groups": (
        *(f"/class-groups/{act}/" for act in ("new", "archive", "start-passwords")),
        *(
            f"/class-groups/{{class_group}}/{act}/"
            for act in ("change", "days", "join", "move", "leave", "split", "merge", "delete")
        ),
    ),
    "courses": ("/courses/new/", "/courses/{course}/change/", "/courses/{course}/delete/"),
    "terms": (
        *("/schedule/terms/new/", "/schedule/terms/{term}/copy/", "/schedule/terms/{term}/change/"),
        *("/schedule/terms/{term}/weekly/new/", "/schedule/terms/{term}/weekly/{weekly_lesson}/"),
    ),
    "days and files of terms": tuple(
        f"/schedule/terms/{{term}}/{rest}/"
        for rest in ("bells", "plan", "days/{first_monday}", "import", "fet")
    ),
}


# The forms that read a day; of others it is one more word.
FORMS_WITH_DAYS = {
    *("/class-groups/{class_group}/move/", "/class-groups/{class_group}/days/"),
    *("/schedule/lessons/new/", "/schedule/lessons/{lesson}/change/"),
    *("/schedule/terms/new/", "/schedule/terms/{term}/change/"),
}


@pytest.mark.parametrize("of", FORMS)
def test_forms(
    client: Client,
    who: str,
    replay: Replay,
    file: Courseware,
    lesson: Lesson,
    weekly_lesson: WeeklyLesson,
    of: str,
):
    term = weekly_lesson.term
    places = {"replay": replay.code, "file": file.code, "lesson": lesson.code, "term": term.code}
    places |= {"class_group": lesson.class_groups.get().code, "course": lesson.course.code}
    failed = {}
    for form in FORMS[of]:
        path = form.format(
            **places, weekly_lesson=weekly_lesson.code, first_monday=term.first_monday
        )
        sent = [
            urlencode(dict.fromkeys((*SENT, *SENT_MORE), value))
            for value in encoded(*BAD, *(DATES if form in FORMS_WITH_DAYS else ()))
        ]
        # A form that is a student's too reads what it is sent as it does that of planners.
        if who != "planner":
            is_refused = send(client, path, "") in REFUSALS
            sent = sent[: 1 if is_refused else A_FEW]
        failed[path] = [body for body in sent if send(client, path, body) >= FAULT]

    assert {path: sent for path, sent in failed.items() if sent} == {}


def send(client: Client, path: str, body: str) -> int:
    """The answer's status; what it did is undone."""
    with transaction.atomic():
        answer = client.post(path, body, content_type="application/x-www-form-urlencoded")
        transaction.set_rollback(True)
    return answer.status_code
