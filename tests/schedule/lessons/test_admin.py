from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from schedule.enums import CloudStatus, LessonState, RoomReason
from schedule.lessons.as_read import AsRead
from schedule.lessons.cancel import cancel_lesson, cancel_lessons
from schedule.lessons.plan import plan_of
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Lesson, PlanningAction, Room
from tests.cast import SignedIn
from tests.factories.schedule import LessonFactory, school_time
from tests.support.pages import read

pytestmark = pytest.mark.django_db

LIST = "/admin/schedule/lesson/"
NEW = "/schedule/lessons/new/"
GROUPS = "/admin/schedule/classgroup/"


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def staff(planner: User) -> Client:
    client = Client()
    client.force_login(planner)
    return client


def page_of(lesson: Lesson) -> str:
    return f"{LIST}{lesson.pk}/change/"


def act(client: Client, action: str, *lessons: Lesson, **more: Any) -> Any:
    selected = [lesson.pk for lesson in lessons]
    return client.post(LIST, {"action": action, "_selected_action": selected, **more}, follow=True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_lessons_are_made_and_changed_on_planners_pages(
    staff: Client, lesson: Lesson, method: str
) -> None:
    before = plan_of(lesson)
    pages = {f"{LIST}add/": NEW, page_of(lesson): f"/schedule/lessons/{lesson.code}/change/"}

    answers = {path: getattr(staff, method)(path, {"title": "新题"}) for path in pages}

    assert {answer.status_code for answer in answers.values()} == {302}
    assert {path: answer["Location"] for path, answer in answers.items()} == pages
    assert all(staff.get(page).status_code == 200 for page in pages.values())
    assert plan_of(Lesson.objects.get()) == before


def test_lesson_that_is_not_there_leads_back(staff: Client) -> None:
    for key in ("999", "abc"):
        answer = staff.get(f"{LIST}{key}/change/")

        assert (answer.status_code, answer["Location"]) == (302, "/admin/"), key


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_may_not_plan_is_sent_to_no_planners_page(
    signed_in: SignedIn, teacher: User, supervisor: User, lesson: Lesson, method: str
) -> None:
    for person in (teacher, supervisor):
        for path in (f"{LIST}add/", page_of(lesson)):
            answer = getattr(signed_in(person), method)(path)

            assert answer.status_code == 302
            assert answer["Location"].startswith("/admin/login/?next="), (person, path)


def test_list_leads_to_planners_pages(staff: Client, lesson: Lesson) -> None:
    page = read(staff.get(LIST).content)

    tools = [link.attrs["href"] for link in page.one("ul", "object-tools").all("a")]
    rows = {
        link.attrs["href"] for link in page.one("table", id="result_list").one("tbody").all("a")
    }
    assert tools == [NEW, f"{LIST}import/"]
    assert rows == {f"/schedule/lessons/{lesson.code}/change/"}


def test_draft_is_published(staff: Client) -> None:
    lesson = LessonFactory.create(is_draft=True)

    act(staff, "publish", lesson)

    lesson.refresh_from_db()
    assert lesson.is_published


def test_cancelling_asks_for_a_reason_first(staff: Client, lesson: Lesson) -> None:
    asked = act(staff, "cancel", lesson)
    lesson.refresh_from_db()
    assert lesson.is_published
    assert str(lesson) in asked.content.decode()

    act(staff, "cancel", lesson, confirmed="yes", reason="台风")

    lesson.refresh_from_db()
    assert (lesson.state, lesson.cancel_reason) == (LessonState.CANCELLED, "台风")


def test_lesson_that_is_over_is_not_cancelled(staff: Client, lesson: Lesson) -> None:
    with time_machine.travel(lesson.ends_at + dt.timedelta(hours=1)):
        response = act(staff, "cancel", lesson, confirmed="yes", reason="")

    lesson.refresh_from_db()
    assert lesson.is_published
    assert "it is over" in response.content.decode()


def test_cancellation_is_taken_back_unless_somebody_is_taken(staff: Client, lesson: Lesson) -> None:
    cancel_lesson(lesson, reason="", at=timezone.now())
    other = LessonFactory.create(
        teacher=lesson.teacher, starts_at=lesson.starts_at, ends_at=lesson.ends_at
    )

    refused = act(staff, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_cancelled
    assert f"李老师 is in the lesson {other} at that time." in refused.content.decode()

    cancel_lesson(other, reason="", at=timezone.now())
    act(staff, "restore", lesson)
    lesson.refresh_from_db()
    assert lesson.is_published


@pytest.mark.parametrize("action", ["publish", "cancel", "restore"])
def test_as_many_queries_for_one_as_for_many_and_one_action(
    staff: Client, planner: User, teacher: User, action: str
) -> None:
    def queries(count: int) -> int:
        lessons = LessonFactory.create_batch(count, teacher=teacher, is_draft=action == "publish")
        if action == "restore":
            cancel_lessons(lessons, reason="", at=timezone.now())
        before = PlanningAction.objects.filter(by=planner).count()
        with CaptureQueriesContext(connection) as asked:
            act(staff, action, *lessons, confirmed="yes", reason="")
        assert PlanningAction.objects.filter(by=planner).count() == before + 1
        return len(asked)

    queries(1)  # what a process asks once
    assert queries(8) == queries(2)


def test_history_alone_tells_of_each_lesson(staff: Client, lesson: Lesson) -> None:
    act(staff, "cancel", lesson, confirmed="yes", reason="台风")

    assert lesson.changes.latest("pk").action.reason == "台风"
    assert AuditEntry.objects.get(kind=AuditKind.ACTION_RUN).details["count"] == 1
    assert not AuditEntry.objects.filter(kind=AuditKind.OBJECT_CHANGED).exists()


def test_nothing_is_done_while_others_change_the_lessons(
    staff: Client, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
) -> None:
    def changed_before(read: AsRead, **_how: bool) -> None:
        raise ChangedMeanwhile

    monkeypatch.setattr(AsRead, "lock", changed_before)

    answer = act(staff, "cancel", lesson, confirmed="yes", reason="")

    assert "Nothing was done: others change these lessons" in answer.content.decode()
    lesson.refresh_from_db()
    assert lesson.is_published


def test_another_room_is_opened(staff: Client, lesson: Lesson) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.ENDED)

    act(staff, "open_room_again", lesson)

    assert Room.objects.current().get(lesson=lesson).reason == RoomReason.REOPENED


def test_running_class_can_be_left_for_another_room(staff: Client, lesson: Lesson) -> None:
    Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1, cloud_status=CloudStatus.RUNNING)

    act(staff, "open_room_again", lesson)

    assert Room.objects.current().get(lesson=lesson).reason == RoomReason.FROZEN


def test_open_room_stays(staff: Client, lesson: Lesson) -> None:
    room = Room.objects.create(lesson=lesson, room_id=7, sdk_app_id=1)

    act(staff, "open_room_again", lesson)

    assert Room.objects.get() == room


def test_draft_is_deleted_and_not_cancelled(staff: Client) -> None:
    draft = LessonFactory.create(is_draft=True)
    address = f"/admin/schedule/lesson/{draft.pk}/delete/"

    act(staff, "cancel", draft, confirmed="1", reason="")
    assert Lesson.objects.get().is_draft

    assert staff.get(address).status_code == 200
    staff.post(address, {"post": "yes"})
    assert not Lesson.objects.exists()


def test_published_lesson_is_never_deleted(staff: Client, lesson: Lesson) -> None:
    address = f"/admin/schedule/lesson/{lesson.pk}/delete/"

    assert staff.post(address, {"post": "yes"}).status_code == 403
    assert Lesson.objects.exists()


def test_several_are_deleted_by_the_page_that_asks(staff: Client, lesson: Lesson) -> None:
    page = read(act(staff, "delete", lesson).content)

    (form,) = page.forms_to("/schedule/lessons/delete/")
    assert form.one("input", name="code").attrs["value"] == lesson.code
    assert Lesson.objects.exists()


def test_rooms_are_looked_at_only(staff: Client, lesson: Lesson) -> None:
    room = Room.objects.create(
        lesson=lesson, room_id=300000007, sdk_app_id=1, last_error="the cloud said no"
    )
    address = f"/admin/schedule/room/{room.pk}"

    body = staff.get("/admin/schedule/room/?q=300000007").content.decode()

    assert "the cloud said no" in body
    assert staff.get(f"{address}/change/").status_code == 200
    assert staff.post(f"{address}/change/", {"room_id": 1}).status_code == 403
    assert staff.get("/admin/schedule/room/add/").status_code == 403


IMPORTS = (f"{LIST}import/", f"{GROUPS}import-people/")


def test_pages_keep_the_content_policy(staff: Client, lesson: Lesson) -> None:
    for address in (LIST, GROUPS, *IMPORTS, "/admin/accounts/user/add/", "/admin/"):
        response = staff.get(address)

        body = response.content.decode()
        assert "style-src 'self'" in response["Content-Security-Policy"], address
        marks = ("<style", " style=", "onclick=", "<script>")
        assert (address, [mark for mark in marks if mark in body]) == (address, [])


def test_school_time_of_the_cast_is_the_lessons(lesson: Lesson) -> None:
    assert lesson.starts_at == school_time(1, 8)
