"""Look at each kind of long work: it can be stopped until it is written, and is under way once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from attendance.month_export import work as month_export_work
from edu_platform.lib import long_work
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.progress import Phase
from replays import export_work as replays_export_work
from schedule.enums import CloudStatus
from schedule.hours import export_work as hours_export_work
from schedule.lessons.cancel import cancel_lessons
from schedule.models import (
    ClassGroup,
    FamilyLink,
    FamilySlips,
    Lesson,
    LessonChange,
    Membership,
    PlannedLesson,
    PlanningAction,
    Room,
    SchoolYear,
    Term,
    WeeklyLesson,
    Work,
)
from schedule.terms.from_day.changing import change_from_day
from schedule.terms.from_day.wish import FromDay
from schedule.terms.planning.term_plan import PlanOptions, plan_term
from schedule.work.kinds import KINDS
from tests.factories.accounts import UserFactory
from tests.factories.attendance import counted_lesson
from tests.factories.replays import ReplayFactory
from tests.factories.schedule import (
    ClassGroupFactory,
    LessonFactory,
    MembershipFactory,
    TermFactory,
)
from tests.schedule.work.conftest import plan
from tests.support.long_work import address_of, done_by_worker, page_of_work, stop, way_of
from tests.support.pages import main
from tests.support.school_years import begin as begin_school_year

pytestmark = pytest.mark.django_db

LIST = "/schedule/lessons/"
WRITTEN = (
    *(Room, Term, WeeklyLesson, PlannedLesson, Lesson, PlanningAction, LessonChange),
    *(ClassGroup, Membership, SchoolYear),
    *(FamilySlips, FamilyLink),
)

# Presses a button once more, and tells where to its work leads that was stopped.
Press = Callable[[], Any]
Asked = tuple[Press, str]


def acted(client: Client, action: str, lessons: list[Lesson]) -> Asked:
    data = {"code": [lesson.code for lesson in lessons], "confirmed": "1"}
    return lambda: client.post(f"{LIST}{action}/", data), LIST


def publish_lessons(client: Client, _term: Term) -> Asked:
    return acted(client, "publish", LessonFactory.create_batch(2, is_draft=True))


def cancel_lessons_of_list(client: Client, _term: Term) -> Asked:
    return acted(client, "cancel", LessonFactory.create_batch(2))


def restore_lessons(client: Client, _term: Term) -> Asked:
    lessons = LessonFactory.create_batch(2)
    cancel_lessons(lessons, reason="", at=timezone.now())
    return acted(client, "restore", lessons)


def delete_lessons(client: Client, _term: Term) -> Asked:
    return acted(client, "delete", LessonFactory.create_batch(2))


def open_rooms(client: Client, _term: Term) -> Asked:
    lessons = LessonFactory.create_batch(2)
    for lesson in lessons:
        Room.objects.create(
            lesson=lesson, sdk_app_id=1, room_id=lesson.pk, cloud_status=CloudStatus.ENDED
        )
    return acted(client, "open-rooms", lessons)


def plan_a_term(client: Client, term: Term) -> Asked:
    return lambda: plan(client, term), f"/schedule/terms/{term.code}/plan/"


def publish_a_term(client: Client, term: Term) -> Asked:
    options = PlanOptions(at=timezone.now(), is_draft=True)
    plan_term(term, action=PlanningAction(), options=options)
    address = f"/schedule/terms/{term.code}/plan/"
    return lambda: client.post(address, {"publish": "1"}), address


def delete_a_term(client: Client, term: Term) -> Asked:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    address = f"/schedule/terms/{term.code}/delete/"
    known = main(client.get(address)).one("input", name="known").attrs["value"]
    return lambda: client.post(address, {"known": known}), address


def copy_a_term(client: Client, term: Term) -> Asked:
    (group,) = term.weekly_lessons.get().class_groups.all()
    address = f"/schedule/terms/{TermFactory.create().code}/copy/"
    data = {"from": term.code, f"group-{group.code}": group.code}
    return lambda: client.post(address, data), address


def change_from_a_day(client: Client, term: Term) -> Asked:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    address = f"/schedule/terms/{term.code}/from/"
    data = {
        "course": term.weekly_lessons.get().course.name,
        "first_day": str(term.first_monday),
        "new_teacher": UserFactory.create(roles=[Role.TEACHER]).username,
        "save": "1",
    }
    return lambda: client.post(address, data), address


def undo_from_a_day(client: Client, term: Term) -> Asked:
    plan_term(term, action=PlanningAction(), options=PlanOptions(at=timezone.now()))
    action = PlanningAction()
    wish = FromDay(
        first_day=term.first_monday,
        course=term.weekly_lessons.get().course,
        new_teacher=UserFactory.create(roles=[Role.TEACHER]),
    )
    change_from_day(term, wish, action=action)
    address = f"/schedule/terms/{term.code}/from/{action.code}/undo/"
    return lambda: client.post(address, {}), address


def begin_a_school_year(client: Client, _term: Term) -> Asked:
    address = "/schedule/school-year/"
    # After the lessons of the term.
    first_day = timezone.localdate() + dt.timedelta(days=400)
    data = {"first_day": str(first_day), "far_ahead": "on"}
    return lambda: client.post(address, data), address


def undo_a_school_year(client: Client, _term: Term) -> Asked:
    by = UserFactory.create(roles=[Role.PLANNER])
    year = begin_school_year(timezone.localdate() + dt.timedelta(days=400), by=by)
    address = f"/schedule/school-year/{year.code}/undo/"
    return lambda: client.post(address), address


def export_hours(client: Client, _term: Term) -> Asked:
    lesson = LessonFactory.create()
    month = f"{timezone.localdate(lesson.starts_at):%Y-%m}"
    address = f"/schedule/hours/?month={month}"
    return lambda: client.get(f"/schedule/hours.xlsx?month={month}"), address


def export_replays(client: Client, _term: Term) -> Asked:
    ReplayFactory.create()
    return lambda: client.get("/replays/export/?format=xlsx"), "/replays/"


def export_attendance(client: Client, _term: Term) -> Asked:
    attendance = counted_lesson(UserFactory.create(), ClassGroupFactory.create(), {})
    month = f"{timezone.localdate(attendance.lesson.starts_at):%Y-%m}"
    return lambda: client.get(f"/attendance/lessons.xlsx?month={month}"), "/attendance/"


def print_family_slips(client: Client, _term: Term) -> Asked:
    group = MembershipFactory.create().class_group
    address = f"/schedule/class-groups/{group.code}/family-slips/"
    return lambda: client.post(address), address


BY_KIND = {
    "schedule.publish_lessons": publish_lessons,
    "schedule.cancel_lessons": cancel_lessons_of_list,
    "schedule.restore_lessons": restore_lessons,
    "schedule.delete_lessons": delete_lessons,
    "schedule.open_rooms": open_rooms,
    "schedule.plan_term": plan_a_term,
    "schedule.publish_term": publish_a_term,
    "schedule.delete_term": delete_a_term,
    "schedule.copy_term": copy_a_term,
    "schedule.change_from_day": change_from_a_day,
    "schedule.undo_from_day": undo_from_a_day,
    "schedule.begin_school_year": begin_a_school_year,
    "schedule.undo_school_year": undo_a_school_year,
    "schedule.print_family_slips": print_family_slips,
    "schedule.export_hours": export_hours,
    "replays.export_replays": export_replays,
    "attendance.export_month": export_attendance,
}


@pytest.fixture(autouse=True)
def exports_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (hours_export_work, replays_export_work, month_export_work):
        monkeypatch.setattr(module, "LONG_FROM_ROWS", 0)


@pytest.fixture(params=BY_KIND)
def asked(request: pytest.FixtureRequest, client: Client, term: Term) -> Asked:
    return BY_KIND[request.param](client, term)


def everything() -> dict[type[Model], list[Any]]:
    return {model: list(model._default_manager.order_by("pk").values()) for model in WRITTEN}


def test_no_kind_is_left_out_but_those_of_imports():
    of_imports = {
        name for name, kind in KINDS.items() if kind.run.__module__.startswith("schedule.imports.")
    }

    assert BY_KIND.keys() | of_imports == KINDS.keys()


def test_second_press_shows_the_work_that_runs(asked: Asked):
    press, _back = asked

    first, second = press(), press()

    work = Work.objects.get()
    assert {first["Location"], second["Location"]} == {address_of(work)}
    assert {first.status_code, second.status_code} == {303}


def test_stopped_before_it_begins_it_does_nothing(client: Client, asked: Asked):
    press, back = asked
    press()
    before = everything()

    stop(Work.objects.get())
    work = done_by_worker()

    page = page_of_work(client, work)
    assert work.state == WorkState.STOPPED
    assert (work.content, work.output) == (None, None)
    assert everything() == before
    assert "nothing was changed" in page.text
    assert way_of(page) == back


def test_stopped_while_it_computes_it_does_nothing(
    asked: Asked, monkeypatch: pytest.MonkeyPatch, planner: User
):
    def stop_at_first(_name: str, phase: Phase, _done: int, _total: int) -> None:
        if phase is not Phase.WRITING:
            stop(Work.objects.get())

    press, _back = asked
    press()
    before = everything()
    monkeypatch.setattr(long_work, "keep_progress", stop_at_first)

    work = done_by_worker()

    assert work.state == WorkState.STOPPED
    assert everything() == before


def test_of_who_may_not_have_it_done_any_more_it_does_nothing(
    asked: Asked, planner: User, monkeypatch: pytest.MonkeyPatch
):
    def close_the_account(_name: str, phase: Phase, _done: int, _total: int) -> None:
        User.objects.filter(pk=planner.pk).update(is_active=False)

    press, _back = asked
    press()
    before = everything()
    monkeypatch.setattr(long_work, "keep_progress", close_the_account)

    work = done_by_worker()

    assert (work.state, work.result) == (WorkState.FAILED, {"fault": "account"})
    assert everything() == before
