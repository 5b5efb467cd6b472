"""The Celery application: worker and beat start from here."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import celeryd_init, setup_logging
from django.conf import settings

from edu_platform.lib import process_counts

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")

app = Celery("edu_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_all_processes_do(**_signal: Any) -> None:
    """Keep Celery from setting up logs of its own form."""
    logging.config.dictConfig(settings.LOGGING)


@celeryd_init.connect
def count_with_other_processes(**_signal: Any) -> None:
    process_counts.begin(process_counts.WORKER, main_pid=os.getpid())
