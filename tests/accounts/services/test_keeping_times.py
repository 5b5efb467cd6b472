"""Keeping times that the school chooses, and what is counted of what was deleted."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone, translation

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.kept_kinds import AUDIT_LOG, NOTICES
from accounts.models import AuditEntry, KeepingTime, Notice, User
from accounts.services.keeping_times import (
    chosen_days,
    days_in_force,
    note_forgotten,
    set_keeping_times,
    version_of_times,
)
from edu_platform.lib.keeping_times import DAY, forget, kept_for
from edu_platform.lib.versions import NotAsShown

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("locks and constraints")]


def known() -> str:
    return version_of_times(days_in_force(chosen_days()))


def test_what_is_chosen_is_in_force_until_it_is_taken_back(administrator: User):
    assert set_keeping_times({"notices": 90}, known=known(), by=administrator)
    assert kept_for(NOTICES) == 90 * DAY
    assert kept_for(AUDIT_LOG) == AUDIT_LOG.default

    assert set_keeping_times({"notices": None}, known=known(), by=administrator)
    assert kept_for(NOTICES) == NOTICES.default


def test_the_log_says_what_was_before_and_after(administrator: User):
    set_keeping_times({"notices": 90, "audit_log": 800}, known=known(), by=administrator)

    entry = AuditEntry.objects.get(kind=AuditKind.KEEPING_TIMES_CHANGED)
    assert entry.actor == administrator
    assert entry.details == {"days": {"notices": [180, 90], "audit_log": [1098, 800]}}
    with translation.override("en"):
        words = "Notices: 180 → 90 days, Audit log: 1098 → 800 days"
        assert details_in_words(entry) == words


def test_a_kind_that_is_gone_stands_in_the_log_by_its_code(administrator: User):
    details = {"days": {"pigeons": [1, 2]}}
    entry = AuditEntry(kind=AuditKind.KEEPING_TIMES_CHANGED, actor=administrator, details=details)

    with translation.override("en"):
        assert details_in_words(entry) == "pigeons: 1 → 2 days"


def test_what_stays_the_same_is_no_change(administrator: User):
    assert not set_keeping_times({"notices": 180}, known=known(), by=administrator)
    assert not AuditEntry.objects.exists()


def test_of_two_who_choose_at_once_the_second_is_told(administrator: User):
    shown = known()
    set_keeping_times({"notices": 90}, known=shown, by=administrator)

    with pytest.raises(NotAsShown) as refused:
        set_keeping_times({"notices": 100}, known=shown, by=administrator)

    assert refused.value.now["notices"] == 90
    assert kept_for(NOTICES) == 90 * DAY


def test_a_shorter_time_deletes_earlier(administrator: User, teacher: User):
    now = timezone.now()
    for days in (61, 59):
        Notice.objects.create(
            user=teacher, kind="k", cause=str(days), address="/", created_at=now - days * DAY
        )
    assert forget(NOTICES, now) == 0

    set_keeping_times({"notices": 60}, known=known(), by=administrator)

    assert forget(NOTICES, now) == 1
    assert Notice.objects.get().cause == "59"


def test_runs_of_one_day_are_counted_together_and_those_of_the_next_anew():
    night = timezone.localtime().replace(hour=1, minute=0)

    for hours, count in ((0, 3), (1, 0), (2, 4)):
        note_forgotten("sessions", count, night + dt.timedelta(hours=hours))
    row = KeepingTime.objects.get()
    assert (row.forgotten, row.forgotten_at) == (7, night + dt.timedelta(hours=2))

    note_forgotten("sessions", 2, night + DAY)
    row.refresh_from_db()
    assert (row.forgotten, row.days) == (2, None)


def test_counting_leaves_what_the_school_has_chosen(administrator: User):
    set_keeping_times({"notices": 90}, known=known(), by=administrator)

    note_forgotten("notices", 5, timezone.now())

    assert chosen_days() == {"notices": 90}
