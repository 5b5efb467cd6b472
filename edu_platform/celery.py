"""The Celery application: worker and beat start from here."""

from __future__ import annotations

import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")

app = Celery("edu_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def log_as_all_processes_do(**_signal: Any) -> None:
    """Keep Celery from setting up logs of its own form."""
    logging.config.dictConfig(settings.LOGGING)
