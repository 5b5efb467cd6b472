"""Somebody of the staff takes an alarm, and nobody else runs after it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from attendance.alarms.taking import AlarmTaken, take
from attendance.enums import AlarmEnd, AlarmKind
from attendance.models import NOTE_CHARS, Alarm
from schedule.models import Lesson
from tests.cast import SignedIn
from tests.support.pages import read
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def alarm(lesson: Lesson) -> Alarm:
    now = timezone.now()
    return Alarm.objects.create(
        lesson=lesson, kind=AlarmKind.NOT_STARTED, certain_at=now, raised_at=now
    )


@pytest.fixture
def planning(signed_in: SignedIn, planner: User) -> Client:
    return signed_in(planner, "en")


def post(client: Client, alarm: Alarm, **data: str):
    return client.post(f"/schedule/alarms/{alarm.code}/take/", data)


def main_of(answer) -> str:
    return read(answer.content).one("main").text


def test_who_takes_an_alarm_has_it_with_a_note(planning: Client, planner: User, alarm: Alarm):
    answer = post(planning, alarm, note="我去叫老师", next="/schedule/today/")

    assert (answer.status_code, answer["Location"]) == (303, "/schedule/today/")
    alarm.refresh_from_db()
    assert (alarm.taken_by, alarm.note) == (planner, "我去叫老师")
    entry = AuditEntry.objects.get(kind=AuditKind.ALARM_TAKEN)
    assert (entry.actor, entry.object_text) == (planner, str(alarm.lesson))


def test_second_click_changes_nothing(planning: Client, alarm: Alarm):
    for _click in range(2):
        assert post(planning, alarm, note="here").status_code == 303

    assert AuditEntry.objects.filter(kind=AuditKind.ALARM_TAKEN).count() == 1


def test_second_person_hears_who_was_first(planning: Client, alarm: Alarm, administrator: User):
    take(alarm, administrator, "", timezone.now())

    answer = post(planning, alarm, note="me too")

    assert answer.status_code == 409
    assert administrator.display_name in main_of(answer)
    assert Alarm.objects.get().taken_by == administrator


def test_alarm_of_an_account_that_was_closed_since_is_taken_by_somebody_else(
    planning: Client, planner: User, alarm: Alarm, administrator: User
):
    take(alarm, administrator, "at once", alarm.raised_at)
    User.objects.filter(pk=administrator.pk).update(is_active=False)

    page = planning.get(f"/schedule/alarms/{alarm.code}/take/")
    answer = post(planning, alarm)

    assert administrator.display_name not in main_of(page)
    assert answer.status_code == 303
    alarm.refresh_from_db()
    assert (alarm.taken_by, alarm.note) == (planner, "")
    assert alarm.taken_at != alarm.raised_at


def test_alarm_that_has_ended_is_not_taken_any_more(planning: Client, alarm: Alarm):
    Alarm.objects.update(ended_at=timezone.now(), end=AlarmEnd.CAUSE_GONE)

    answer = post(planning, alarm)

    assert answer.status_code == 409
    assert "nothing to look after" in main_of(answer)


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:x"])
def test_nobody_is_led_to_another_site(planning: Client, alarm: Alarm, elsewhere: str):
    answer = post(planning, alarm, next=elsewhere)

    assert answer["Location"] == f"/schedule/lessons/{alarm.lesson.code}/"


def test_note_that_is_too_long_is_said_and_kept(planning: Client, alarm: Alarm):
    note = "长" * (NOTE_CHARS + 1)
    answer = post(planning, alarm, note=note, next="/schedule/today/")

    assert answer.status_code == 422
    assert read(answer.content).one("input", name="note").attrs["value"] == note
    assert Alarm.objects.get().taken_by is None


def test_page_asks_before_it_is_taken(planning: Client, alarm: Alarm):
    answer = planning.get(f"/schedule/alarms/{alarm.code}/take/?next=/schedule/today/")

    assert answer.status_code == 200
    assert str(alarm.lesson) in main_of(answer)


def test_nobody_but_staff_takes_alarms(
    signed_in: SignedIn, alarm: Alarm, supervisor: User, teacher: User, outsider: User
):
    for person in (supervisor, teacher, outsider):
        assert post(signed_in(person), alarm).status_code == 404
    assert post(Client(), alarm).status_code == 302
    assert post(signed_in(supervisor), Alarm(code="none")).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.both_databases("transactions that write come one after the other on SQLite")
def test_of_two_who_take_it_at_once_one_has_it(alarm: Alarm, planner: User, administrator: User):
    def take_it(person: User) -> bool:
        try:
            take(alarm, person, "", timezone.now())
        except AlarmTaken:
            return False
        return True

    assert sorted(all_at_once(take_it, [planner, administrator])) == [False, True]
