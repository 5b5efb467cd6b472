from __future__ import annotations

from celery import shared_task
from django.apps import apps
from django.core.cache import cache
from django.utils import timezone

from edu_platform import heartbeat
from edu_platform.lib.natural_keys import NaturallyOrdered, set_missing_and_stale_keys

# Where the doctor finds a worker's answer.
ANSWER_KEY = "doctor:{nonce}"
ANSWER_LASTS_S = 60


@shared_task(name="edu_platform.record_heartbeat")
def record_heartbeat() -> None:
    """Show that beat and a worker run."""
    heartbeat.record_heartbeat(timezone.now())


@shared_task(name="edu_platform.keep_names_in_order")
def keep_names_in_order() -> None:
    """Write the keys of names that a release before this one has written, or that an older table of pinyin gave."""
    for model in apps.get_models():
        if issubclass(model, NaturallyOrdered):
            set_missing_and_stale_keys(model._default_manager.all())  # noqa: SLF001 -- as documented by Django


@shared_task(name="edu_platform.end_first_hour")
def end_first_hour() -> None:
    """Lead nobody to the steps of the first hour once all of them are done."""
    from edu_platform.start import state  # noqa: PLC0415 -- it asks the doctor, which sends a task of this module

    state.end_first_hour(timezone.now())


@shared_task(name="edu_platform.answer_doctor")
def answer_doctor(nonce: str) -> None:
    """Show that a worker takes tasks, and has the database of who asks."""
    cache.set(ANSWER_KEY.format(nonce=nonce), "done", ANSWER_LASTS_S)
