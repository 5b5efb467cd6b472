from __future__ import annotations

import django
from django.core.checks import run_checks

from edu_platform.checks import task_names


def test_every_task_that_is_sent_exists():
    assert [each.msg for each in run_checks() if each.id == "edu_platform.E001"] == []


def test_names_of_the_schedule_and_of_services_are_looked_at():
    names = dict(task_names())

    assert names["classroom.process_event"].startswith(("CELERY_TASK_ROUTES", "classroom/"))
    assert ("accounts.register_people", "accounts/services/people.py") in set(task_names())


def test_name_that_no_task_has_is_told_with_its_place(settings):
    settings.CELERY_BEAT_SCHEDULE = {"x": {"task": "replays.gone", "schedule": 60}}

    told = [each.msg for each in run_checks() if each.id == "edu_platform.E001"]

    assert told == ["There is no task replays.gone, which CELERY_BEAT_SCHEDULE names."]


def test_release_of_django_that_is_installed_is_a_tried_one():
    assert [each.msg for each in run_checks() if each.id == "edu_platform.W001"] == []


def test_release_of_django_that_was_not_tried_is_warned_of(monkeypatch):
    monkeypatch.setattr(django, "VERSION", (6, 1, 0, "final", 0))
    monkeypatch.setattr(django, "__version__", "6.1")

    told = [each.msg for each in run_checks() if each.id == "edu_platform.W001"]

    assert told == ["edu_platform/lib/statements.py is tried with Django 5.2, not with 6.1."]
