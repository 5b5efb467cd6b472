"""Whatever stands in the address of a page, or in its form, the page answers; it does not fail."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import User
from courseware.models import Courseware
from replays.models import Replay
from schedule.models import BellTime, Lesson, Pattern
from tests.factories.courseware import CoursewareFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import PatternFactory

pytestmark = pytest.mark.django_db

HUGE = "9" * 20
# One of each kind that databases, numbers and encodings fail at.
SOME = ("a\0", HUGE, "\ud800")
BAD = ("\0", "a\0", HUGE, f"-{HUGE}", "9" * 5000, "\ud800", "abc", "1e400", "١", "a " * 1900)
DATES = ("0001-01-01", "9999-12-31", "10000-01-01", "2026-02-30", "99999999999-01-01")
ASKED = {
    "/schedule/": ("day", "teacher", "class_group", "school"),
    "/schedule/today/": ("day", "teacher", "class_group", "school"),
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
    "/schedule/lessons/new/": ("date", "start", "teacher", "class_group", "course"),
    "/schedule/absences/": ("teacher", "from", "to", "lesson"),
    "/accounts/notices/": ("page",),
    "/accounts/login/": ("next",),
}
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
def pattern(lesson: Lesson) -> Pattern:
    pattern = PatternFactory.create(teacher=lesson.teacher)
    BellTime.objects.create(term=pattern.term, number=1, starts=pattern.starts, ends=pattern.ends)
    return pattern


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
    return answer.status_code >= 500


def asking(who: str, names: tuple[str, ...]) -> list[str]:
    """For each value a question with all names; and, where most is shown, one for each name with some
    odd values that could be its.
    """
    together = [urlencode(dict.fromkeys(names, value)) for value in encoded(*BAD, *DATES)]
    if who != "planner":
        return together
    alone = [
        urlencode({name: value})
        for name in names
        for value in encoded(*SOME, *(DATES if name in NAMES_OF_DAYS else ()))
    ]
    # Where there is one name only, both are the same.
    return list(dict.fromkeys(together + alone))


def encoded(*values: str) -> list[bytes]:
    return [value.encode("utf-8", "surrogatepass") for value in values]


@pytest.mark.parametrize("path", ASKED)
def test_questions_to_lists(client: Client, who: str, path: str):
    failed = [
        question for question in asking(who, ASKED[path]) if fails(client, f"{path}?{question}")
    ]

    assert failed == []


def test_week_at_the_end_of_the_calendar(client: Client):
    addresses = [f"/schedule/{day}/{of}" for day in WEEKS for of in ("", "?teacher=teacher")]

    assert [address for address in addresses if fails(client, address)] == []


def test_questions_to_one_thing(
    client: Client, who: str, replay: Replay, file: Courseware, lesson: Lesson, pattern: Pattern
):
    term = f"/schedule/terms/{pattern.term.code}/"
    asked = {
        term: ("teacher", "class_group", "page", "page_size"),
        f"{term}copy/": ("from",),
        f"{term}bells/": ("count", "minutes", "first", "between", "copy"),
        f"{term}import/": ("checked", "kind", "page", "page_size"),
        f"{term}fet/": ("kept",),
        f"{term}plan/": ("show", "page", "page_size"),
        f"{term}conflicts/": ("page", "page_size"),
        f"{term}weekly/{pattern.code}/": ("teacher", "class_group"),
        f"{term}weekly/{pattern.code}/delete/": ("teacher", "class_group"),
        f"{term}weekly/new/": (
            *("course", "teacher", "class_group", "weekday", "first_bell", "start", "end"),
            *("weeks", "another"),
        ),
        f"/replays/{replay.code}/": ("file", "next", "page"),
        f"/replays/{replay.code}/play/": ("file",),
        f"/courseware/{file.code}/": ("page",),
        f"/courseware/{file.code}/preview/": ("page",),
        f"/courseware/lessons/{lesson.code}/": ("q", "page"),
        f"/schedule/lessons/{lesson.code}/": ("page",),
    }

    failed = [
        (path, question)
        for path, names in asked.items()
        for question in asking(who, names)
        if fails(client, f"{path}?{question}")
    ]

    assert failed == []


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
    *("room_type", "record", "overlap_reason", "check", "confirmed"),
    *("weekday", "first_bell", "last_bell", "weeks", "known", "from", "bells"),
    *("first_monday", "start_1", "end_1", "kind", "plan_weekday", "version", "with_past"),
    *("kept", "take", "save", "day-0", "hour-0-from", "teacher-0", "teacher-0-other"),
)


@pytest.mark.parametrize("value", [*BAD, *DATES])
def test_forms(
    client: Client,
    replay: Replay,
    file: Courseware,
    lesson: Lesson,
    pattern: Pattern,
    value: str,
):
    body = urlencode(dict.fromkeys((*SENT, *SENT_MORE), value.encode("utf-8", "surrogatepass")))
    paths = (
        "/replays/delete/",
        *(
            f"/replays/{replay.code}/{act}/"
            for act in ("progress", "share", "share/revoke", "restore")
        ),
        *(f"/courseware/{file.code}/{act}/" for act in ("rename", "tags", "public", "delete")),
        *(
            f"/courseware/lessons/{lesson.code}/{act}/"
            for act in ("bind", "change", "move", "remove")
        ),
        "/accounts/profile/notices-by-mail/",
        *("/schedule/lessons/new/", "/schedule/lessons/delete/", "/schedule/absences/"),
        *(
            f"/schedule/lessons/{lesson.code}/{act}/"
            for act in ("change", "cancel", "restore", "publish", "delete")
        ),
        *(
            f"/schedule/terms/{pattern.term.code}/{rest}"
            for rest in (
                *("copy/", "weekly/new/", f"weekly/{pattern.code}/", "change/", "bells/", "plan/"),
                *(f"days/{pattern.term.first_monday}/", "import/", "fet/"),
            )
        ),
        "/schedule/terms/new/",
    )

    failed = [
        path
        for path in paths
        if client.post(path, body, content_type="application/x-www-form-urlencoded").status_code
        >= 500
    ]

    assert failed == []
