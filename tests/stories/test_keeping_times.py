"""The clock deletes old data, as the school has chosen, and counts it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from celery import current_app
from django.conf import settings

from accounts.models import KeepingTime
from edu_platform.lib.keeping_times import all_kinds, kind_called
from edu_platform.lib.personal_data import Held, all_lines

pytestmark = pytest.mark.django_db

FORGETTING = (
    *("accounts.forget_old_sessions", "accounts.forget_old_notices"),
    *("accounts.forget_old_audit_entries", "accounts.forget_used_tickets"),
    "classroom.purge_events",
    *("schedule.forget_checked_files", "schedule.forget_channel_messages"),
    *("schedule.forget_long_work", "schedule.forget_deleted_lessons", "schedule.forget_consents"),
    "schedule.forget_guest_names",
    "schedule.forget_family_links",
    "replays.forget_old_uses",
    "courseware.remove_expired_uploads",
    *("attendance.forget_old_stays", "attendance.forget_old_alarms"),
)


def test_the_clock_deletes_and_counts_each_kind_that_goes_by_its_age():
    schedule: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE

    for name in FORGETTING:
        assert name in schedule
        current_app.tasks[name]()

    counted = set(KeepingTime.objects.values_list("kind", flat=True))
    assert counted == {kind.code for kind in all_kinds() if kind.goes_by_age}


def test_the_registry_of_personal_data_says_the_same_lengths():
    """Documents of a table follow from the registry, and what happens to it from its kind."""
    lines = [line for line in all_lines() if isinstance(line, Held)]
    for kind in all_kinds():
        for model in kind.models:
            lengths = {
                line.kept
                for line in lines
                if line.model is model and isinstance(line.kept, dt.timedelta)
            }
            longest = max(
                (other.default for other in all_kinds() if model in other.models and other.default),
                default=None,
            )
            assert lengths <= {longest}, (kind.code, model)


def test_tables_that_go_by_their_age_are_those_of_kinds():
    of_kinds = {model for kind in all_kinds() for model in kind.models}
    by_age = {
        line.model.__name__
        for line in all_lines()
        if isinstance(line, Held) and isinstance(line.kept, dt.timedelta)
    }

    # Wrong passwords and mails that somebody asked for are gone within a day, by what they are for.
    others = {"AccessAttempt", "AccessBase", "AccessLog", "RequestedMail", "Checked", "Work"}
    assert by_age - {model.__name__ for model in of_kinds} <= others
    assert kind_called("long_work").models[0].__name__ == "Work"
