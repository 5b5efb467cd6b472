"""A school in which everything is out of order at once: each line has its page and something to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, Notice, User
from classroom.enums import EventState
from courseware.enums import CoursewareState, Failure
from replays.enums import ReplayReason, ReplayState
from schedule.models import Room, RoomPolling
from schedule.terms.national_calendar import published_years
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.classroom import CallbackEventFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
    WeeklyLessonFactory,
)
from tests.support.pages import Element, read

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("in_china"),  # whose holidays are published for each year
]

START, TODAY, MEND = "/admin/", "/schedule/today/", "/schedule/today/mend/"
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)

OF_ALL_STAFF = {
    "Background work stands still": "What the operator does",
    "The cloud could not make or change the room": "Try again now",
    "The cloud does not record": "Ask for recordings now",
    "The cloud does not tell how": "Check the cloud now",
    "The cloud refuses 1 person": "Try again now",
    "1 lesson within two days is a draft": "Publish or cancel them",
    "Within 14 days, the teacher of 1 lesson": "Choose other teachers",
    "Within 14 days, students are in two lessons": "Resolve them",
    "春季: the school calendar has no holidays": "Enter its holidays",
    "春季: its weekly lessons or days were changed": "Plan its lessons",
    "1 group robot takes no messages": "Try or replace them",
    "1 replay is late or failed": "Check all now",
    "1 deleted replay could not be removed": "See why",
    "1 file is not ready": "Try again now",
    "1 file has been on its way for too long": "Try again now",
}
OF_ADMINISTRATORS = {
    "1 callback of the cloud has failed": "Run again now",
    "No worker takes up 1 callback": "Check the installation",
    "1 notice could not be mailed yet": "Send now",
    "There is no backup yet": "How to make one",
}


@pytest.fixture(autouse=True)
def _before_the_calendar_is_published() -> Iterator[None]:
    """A Wednesday in spring of the first year whose holidays nobody knows."""
    day = dt.datetime(max(published_years()) + 1, 3, 10, 1, tzinfo=dt.UTC)
    with time_machine.travel(day, tick=False):
        yield


@pytest.fixture
def _all_broken() -> None:
    at = timezone.now()
    _break_rooms(at)
    _break_lessons(at)
    _break_replays(at)
    _break_files(at)
    _break_what_is_sent(at)


def _break_rooms(at: dt.datetime) -> None:
    Room.objects.create(lesson=_lesson(3), sdk_app_id=1, last_error="refused", failed_at=at)
    Room.objects.create(lesson=_lesson(4), sdk_app_id=1, room_id=4, recording_refused=True)
    silent = Room.objects.create(lesson=_lesson(5), sdk_app_id=1, room_id=5)
    RoomPolling.objects.create(room=silent, unreachable_since=at - HOUR, due_at=at + HOUR)
    ClassroomIdentity.objects.create(
        user=UserFactory.create(), sdk_app_id=1, state=IdentityState.FAILED
    )


def _lesson(days: int, **fields: Any) -> Any:
    return LessonFactory.create(starts_at=timezone.now() + days * DAY, **fields)


def _break_lessons(at: dt.datetime) -> None:
    _lesson(1, is_draft=True)
    User.objects.filter(pk=_lesson(6).teacher_id).update(is_active=False)
    student = UserFactory.create(roles=(Role.STUDENT,))
    for _ in range(2):
        group = ClassGroupFactory.create()
        _lesson(7, class_groups=(group,))
        MembershipFactory.create(class_group=group, user=student)
    monday = timezone.localdate(at) - timezone.localdate(at).weekday() * DAY
    WeeklyLessonFactory.create(term=TermFactory.create(name="春季", first_monday=monday))


def _break_replays(at: dt.datetime) -> None:
    past = LessonFactory.create(starts_at=at - 26 * HOUR, ends_at=at - 25 * HOUR)
    ReplayFactory.create(lesson=past, state=ReplayState.FAILED)
    ReplayFactory.create(
        state=ReplayState.DELETED,
        reason=ReplayReason.TRASHED,
        deleted_at=at - 3 * DAY,
        purge={"due_at": at, "has_begun": True, "unreachable_since": at - 2 * DAY},
    )


def _break_files(at: dt.datetime) -> None:
    soon = LessonFactory.create(starts_at=at + HOUR)
    BindingFactory.create(lesson=soon, courseware__state=CoursewareState.FAILED)
    CoursewareFactory.create(
        state=CoursewareState.FAILED, failure=Failure.STUCK, document_id="d", due_at=at + HOUR
    )


def _break_what_is_sent(at: dt.datetime) -> None:
    CallbackEventFactory.create(state=EventState.DEAD, last_error="no answer")
    CallbackEventFactory.create(received_at=at - HOUR)
    ChannelFactory.create(failures=3, failing_since=at - HOUR)
    Notice.objects.create(
        user=UserFactory.create(),
        kind="late",
        address="/",
        cause="c",
        due_at=at + HOUR,
        unreachable_since=at - HOUR,
    )


def lines_of(client: Client, path: str) -> list[Element]:
    answer = client.get(path)
    assert answer.status_code == 200
    return read(answer.content).one("section", "not-in-order").all("li")


def remedies_of(lines: list[Element], sentences: dict[str, str]) -> dict[str, str]:
    """Return what can be done, by the beginning of the sentence of each line."""
    told = {}
    for line in lines:
        (remedy,) = line.all("button") + line.all("a", "button")
        (sentence,) = [each for each in sentences if line.text.startswith(each)]
        told[sentence] = remedy.text
    return told


@pytest.mark.usefixtures("_all_broken")
def test_each_line_says_what_can_be_done_to_whom_it_concerns(
    signed_in: SignedIn, planner: User, administrator: User, supervisor: User, teacher: User
):
    for user, sentences in (
        (planner, OF_ALL_STAFF),
        (administrator, OF_ALL_STAFF | OF_ADMINISTRATORS),
    ):
        client = signed_in(user, "en")
        for path in (START, TODAY):
            lines = lines_of(client, path)
            assert remedies_of(lines, sentences) == sentences, (user, path)
    answer = signed_in(supervisor, "en").get(TODAY)
    assert read(answer.content).all("section", "not-in-order") == []
    client = signed_in(teacher, "en")
    assert {client.get(path).status_code for path in (START, TODAY)} <= {302, 404}


@pytest.mark.usefixtures("_all_broken")
def test_each_link_opens_for_whom_it_is_shown_and_lists_something(
    signed_in: SignedIn, planner: User, administrator: User
):
    opened: set[str] = set()
    for user, without_link in ((planner, 1), (administrator, 0)):
        client = signed_in(user, "en")
        lines = lines_of(client, START)

        unlinked = [line.text for line in lines if line.all("strong")]
        assert len(unlinked) == without_link, unlinked
        addresses = {link.attrs["href"] for line in lines for link in line.all("a")}
        # What planners may open, administrators may.
        for address in addresses - opened:
            answer = client.get(address)
            assert answer.status_code == 200, (user, address)
            lists = read(answer.content).all("table", id="result_list")
            assert all(len(each.one("tbody").all("tr")) == 1 for each in lists), address
        opened |= addresses
    assert addresses == opened


@pytest.mark.usefixtures("_all_broken")
def test_each_button_can_be_pressed_twice_and_by_two(
    signed_in: SignedIn, planner: User, administrator: User
):
    clients = [signed_in(user, "en") for user in (planner, administrator)]
    # Both look before either presses anything.
    forms = [
        [each for line in lines_of(one, START) for each in line.all("form")] for one in clients
    ]
    assert [len(each) for each in forms] == [7, 9]

    for _ in range(2):
        for client, buttons in zip(clients, forms, strict=True):
            for form in buttons:
                fields = {each.attrs["name"]: each.attrs["value"] for each in form.all("input")}
                answer = client.post(form.attrs["action"], fields)
                assert (answer.status_code, answer["Location"]) == (303, START), fields
