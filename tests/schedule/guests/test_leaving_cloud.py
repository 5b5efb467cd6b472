"""The cloud forgets guests once their lesson is over, cancelled or deleted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import DiscardedIdentity
from accounts.services.discarded_identities import ANSWERS_COME_WITHIN, delete_discarded
from edu_platform.beat_schedule import BEAT_SCHEDULE
from schedule.guests.leaving_cloud import FORGOTTEN_AFTER, forget_in_cloud
from schedule.guests.registration import GuestGone, ensure_known
from schedule.lessons.cancel import cancel_lesson
from schedule.lessons.delete import delete_lessons
from schedule.models import Guest, Lesson
from schedule.tasks import forget_guests_in_cloud
from tests.schedule.guests.conftest import Invite, moved
from tests.support.cloud import LocalCloud

pytestmark = pytest.mark.django_db

MINUTES_KEPT = FORGOTTEN_AFTER.total_seconds() / 60


@pytest.fixture
def entered(running: Lesson, invite: Invite, local_cloud: LocalCloud) -> Guest:
    """Invite a guest who has been in the class."""
    guest, browser, address = invite(running)
    assert browser.post(address).status_code == 303
    guest.refresh_from_db()
    return guest


def known_guests(cloud: LocalCloud) -> list[str]:
    return [user["Name"] for user in cloud.users() if user["Name"] == "李作家"]


def let_worker_delete() -> None:
    delete_discarded(timezone.now() + ANSWERS_COME_WITHIN + dt.timedelta(seconds=1))


def test_guest_is_deleted_in_the_cloud_and_stays_known_here(
    entered: Guest, running: Lesson, local_cloud: LocalCloud
):
    forget_in_cloud([running.pk], at=timezone.now())
    let_worker_delete()

    assert known_guests(local_cloud) == []
    user_id = entered.classroom_user_id
    entered.refresh_from_db()
    assert entered.classroom_user_id == user_id
    assert entered.discarded_at is not None


def test_repeated_it_does_nothing_more(entered: Guest, running: Lesson):
    first = timezone.now()
    forget_in_cloud([running.pk], at=first)
    forget_in_cloud([running.pk], at=first + dt.timedelta(hours=1))

    entered.refresh_from_db()
    assert entered.discarded_at == first
    assert DiscardedIdentity.objects.count() == 1


def test_who_never_came_to_the_door_is_not_asked_for(lesson: Lesson, invite: Invite):
    invite(lesson)

    forget_in_cloud([lesson.pk], at=timezone.now())

    assert not DiscardedIdentity.objects.exists()


@pytest.mark.parametrize(("minutes", "forgotten"), [(1, False), (-1, True)])
def test_clock_forgets_them_within_two_days_of_the_planned_end(
    minutes: int, forgotten: bool, entered: Guest, running: Lesson
):
    moved(running, -MINUTES_KEPT - 60, -MINUTES_KEPT + minutes)

    forget_guests_in_cloud()

    assert DiscardedIdentity.objects.exists() is forgotten
    # Late runs and the wait for answers that are on their way are inside the hour that is left.
    every_s = BEAT_SCHEDULE["schedule.forget_guests_in_cloud"]["schedule"]
    deleting_every_s = BEAT_SCHEDULE["accounts.delete_discarded_identities"]["schedule"]
    waits = dt.timedelta(seconds=every_s + deleting_every_s) + ANSWERS_COME_WITHIN
    assert waits <= dt.timedelta(hours=48) - FORGOTTEN_AFTER


def test_clock_forgets_those_of_a_cancelled_lesson(entered: Guest, running: Lesson):
    forget_guests_in_cloud()
    assert not DiscardedIdentity.objects.exists()

    cancel_lesson(running, reason="", at=timezone.now())
    forget_guests_in_cloud()

    assert DiscardedIdentity.objects.get().origin_id == entered.origin_id


def test_guests_go_with_a_deleted_lesson_and_leave_the_cloud(
    lesson: Lesson, invite: Invite, local_cloud: LocalCloud
):
    guest, _browser, _address = invite(lesson)
    ensure_known(guest)
    assert known_guests(local_cloud) == ["李作家"]

    delete_lessons([lesson], at=timezone.now())
    let_worker_delete()

    assert not Guest.objects.exists()
    assert known_guests(local_cloud) == []


def test_registration_that_ends_after_they_were_forgotten_is_undone(
    lesson: Lesson, invite: Invite, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    guest, _browser, _address = invite(lesson)

    def forgotten_meanwhile(*_args: object) -> tuple[str, str]:
        forget_in_cloud([lesson.pk], at=timezone.now())
        return "李作家", "some-user-id"

    monkeypatch.setattr("schedule.guests.registration._register", forgotten_meanwhile)

    with pytest.raises(GuestGone):
        ensure_known(guest)
    guest.refresh_from_db()
    assert guest.classroom_user_id == ""
    assert DiscardedIdentity.objects.count() == 1
