"""Checks of the whole installation: every task sent by name exists, and this Django is a tried one.

A wrong name would otherwise show only when it is sent, another Django only in what the pages show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import django
from celery import current_app
from django.apps import AppConfig, apps
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, register

from edu_platform.lib import statements

SENT = re.compile(r'\b(?:enqueue_on_commit|send_in_background|send_gathered)\(\s*"([\w.]+)"')


@register
def check_task_names(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    return [
        checks.Error(
            f"There is no task {name}, which {place} names.",
            hint="A task's name is given in the tasks.py of its app.",
            id="edu_platform.E001",
        )
        for name, place in task_names()
        if name not in current_app.tasks
    ]


def task_names() -> Iterator[tuple[str, str]]:
    """The names by which tasks are sent, each with the place that does so."""
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        yield entry["task"], "CELERY_BEAT_SCHEDULE"
    for name in settings.CELERY_TASK_ROUTES:
        yield name, "CELERY_TASK_ROUTES"
    yield from _names_in_code()


@cache
def _names_in_code() -> list[tuple[str, str]]:
    folders = [Path(app.path) for app in apps.get_app_configs()]
    paths = [
        path
        for folder in folders
        if folder.parent == settings.BASE_DIR
        for path in sorted(folder.rglob("*.py"))
    ]
    return [
        (name, str(path.relative_to(settings.BASE_DIR)))
        for path in paths
        for name in SENT.findall(path.read_text(encoding="utf-8"))
    ]


@register
def check_django_release(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    if django.VERSION[:2] in statements.TRIED_WITH:
        return []
    tried = ", ".join(".".join(map(str, release)) for release in statements.TRIED_WITH)
    return [
        checks.Warning(
            f"edu_platform/lib/statements.py is tried with Django {tried}, not with {django.__version__}.",
            hint="Run the tests with this release, then name it in TRIED_WITH.",
            id="edu_platform.W001",
        )
    ]
