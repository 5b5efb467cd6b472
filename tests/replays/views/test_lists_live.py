"""The list of replays follows what it shows: what its script hears."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from replays.enums import ReplayReason, ReplayState
from replays.models import Replay, ReplayFile
from schedule.models import ClassGroup
from tests.cast import SignedIn
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import UnplannedLessonFactory, school_time
from tests.support.pages import Element, read
from tests.support.replays import LIST, titles

pytestmark = pytest.mark.django_db


def ask(client: Client, path: str, known: str) -> Any:
    return client.get(path, headers={"X-Page-Version": known})


def known_of(client: Client, path: str = LIST) -> str:
    answer = client.get(path)
    version = read(answer.content).one("div", id="live").attrs["data-version"]
    assert answer["X-Page-Version"] == version
    return version


def news(client: Client, path: str, known: str) -> Element:
    answer = ask(client, path, known)
    assert answer.status_code == 200
    assert answer["X-Page-Version"] != known
    return read(answer.content)


@pytest.fixture
def people(student: User, teacher: User, planner: User, file: ReplayFile) -> dict[str, User]:
    """Some of those in whose lists `file` stands, by their names."""
    return {person.username: person for person in (student, teacher, planner)}


def make_more(teacher: User, class_group: ClassGroup, count: int) -> None:
    for number in range(count):
        lesson = UnplannedLessonFactory.create(
            teacher=teacher, class_groups=[class_group], starts_at=school_time(2 + number, 8)
        )
        ReplayFactory.create(lesson=lesson, title=f"语文 {number}", state=ReplayState.READY)


@pytest.mark.both_databases("the facts of the list are a statement of their own")
@pytest.mark.parametrize("count", [1, 4])
def test_nothing_is_sent_after_session_person_and_two_queries_at_most(
    signed_in: SignedIn,
    teacher: User,
    class_group: ClassGroup,
    people: dict[str, User],
    count: int,
):
    make_more(teacher, class_group, count)
    expected = {
        ("student", ""): 4,
        ("teacher", "?state=recording&sort=-size&page_size=20"): 4,
        ("planner", ""): 3,
        ("planner", "?q=语文&class_group=三年级1班"): 3,
        ("planner", "?teacher=teacher"): 4,
    }

    queries = {}
    for who, query in expected:
        client, path = signed_in(people[who]), f"{LIST}{query}"
        Replay.objects.update(state="recording" if "recording" in query else "ready")
        known = known_of(client, path)
        with CaptureQueriesContext(connection) as made:
            answer = ask(client, path, known)
        queries[who, query] = len(made)

        assert (answer.status_code, answer.content) == (204, b""), (who, query)

    assert queries == expected


@pytest.mark.parametrize("count", [1, 4])
def test_news_of_many_cost_as_many_queries_as_of_one(
    signed_in: SignedIn,
    teacher: User,
    class_group: ClassGroup,
    people: dict[str, User],
    count: int,
):
    make_more(teacher, class_group, count)

    queries = {}
    for who, person in people.items():
        client = signed_in(person)
        with CaptureQueriesContext(connection) as made:
            assert ask(client, f"{LIST}?page_size=20", "x").status_code == 200, who
        queries[who] = len(made)

    assert queries == {"student": 9, "teacher": 10, "planner": 11}


class TestNews:
    @pytest.mark.parametrize(
        "change",
        [
            {"state": ReplayState.PROCESSING, "reason": ReplayReason.ENDED},
            {"size_bytes": 1},
            {"title": "第二讲"},
        ],
    )
    def test_row_is_changed(self, office: Client, file: ReplayFile, change: dict[str, Any]):
        known = known_of(office)
        Replay.objects.update(**change)

        news(office, LIST, known)

    def test_class_has_ended(self, office: Client, file: ReplayFile):
        known = known_of(office)
        lesson = UnplannedLessonFactory.create(starts_at=school_time(2, 8))
        ReplayFactory.create(lesson=lesson, title="新的", state=ReplayState.PROCESSING)

        assert titles(news(office, LIST, known))[0] == "新的"

    def test_replay_can_be_played_by_its_students(
        self, signed_in: SignedIn, student: User, replay: Replay
    ):
        client = signed_in(student)
        Replay.objects.update(state=ReplayState.PROCESSING, reason=ReplayReason.ENDED)
        known = known_of(client)
        Replay.objects.update(state=ReplayState.READY, reason=ReplayReason.FOUND)

        assert titles(news(client, LIST, known)) == [replay.title]

    def test_script_gets_the_parts_alone(self, office: Client, file: ReplayFile):
        parts = news(office, LIST, "x")

        assert parts.all("html") == parts.all("form", "list-filters") == []
        sent = [each.attrs["data-live"] for each in parts.all() if "data-live" in each.attrs]
        assert sent == ["states", "found"]

    @pytest.mark.both_databases("numbers that one database refuses")
    def test_page_that_no_database_counts_to(self, office: Client, replay: Replay):
        assert ask(office, f"{LIST}?page={10**30}", "x").status_code == 200


class TestForeignOnes:
    @pytest.mark.parametrize("who", ["outsider", "other_teacher"])
    def test_outsiders_hear_nothing_of_them(
        self,
        request: pytest.FixtureRequest,
        signed_in: SignedIn,
        office: Client,
        file: ReplayFile,
        who: str,
    ):
        client = signed_in(request.getfixturevalue(who))

        assert titles(news(client, LIST, known_of(office))) == []

    def test_visitors_sign_in_first(self, client: Client):
        assert ask(client, LIST, "x")["Location"] == f"/accounts/login/?next={LIST}"
