"""`/metrics`: answered above all other middleware, for any Host and without a redirect, to who has the token."""

from __future__ import annotations

import logging
import os
import struct
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Metric, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from edu_platform.lib import process_counts
from edu_platform.lib.text import error_summary
from edu_platform.monitoring.machine import machine_figures
from edu_platform.monitoring.school import database_is, school_figures

logger = logging.getLogger(__name__)

PATH = "/metrics"
# Which service counted: each begins at nothing when it starts, so that no sum of theirs ever goes down.
PROCESS = "process"
OURS = ("edu_", "django_")


class MetricsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path != PATH:
            return self.get_response(request)
        if not _may_ask(request):
            return HttpResponse("404\n", status=404, content_type="text/plain")
        try:
            content = generate_latest(_Figures())
        finally:
            connection.close_if_unusable_or_obsolete()
        return HttpResponse(content, content_type=CONTENT_TYPE_LATEST)


def _may_ask(request: HttpRequest) -> bool:
    token: str = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "")
    return bool(token) and constant_time_compare(given, f"Bearer {token}")


class _Figures:
    """All figures, in the form in which the library writes a registry."""

    def collect(self) -> Iterator[Metric]:
        yield from _from_database()
        yield from machine_figures()
        yield from _counted()


def _from_database() -> Iterable[Metric]:
    try:
        return [*school_figures(), database_is(up=True)]
    except DatabaseError as err:
        logger.warning("metrics: the database gives no figures: %s", error_summary(err))
        return [database_is(up=False)]


def _counted() -> Iterable[Metric]:
    """The counts of all processes of this machine; of this one alone where none is kept in files."""
    if process_counts.VARIABLE not in os.environ:
        by_role = {process_counts.WEB: list(REGISTRY.collect())}
    else:
        by_role = {role: _merged(files) for role, files in process_counts.files_by_role().items()}
    families: dict[str, Metric] = {}
    for role, metrics in by_role.items():
        for metric in metrics:
            if metric.name.startswith(OURS) and metric.samples:
                family = families.setdefault(
                    metric.name, Metric(metric.name, metric.documentation, metric.type)
                )
                family.samples += [
                    sample._replace(labels={**sample.labels, PROCESS: role})
                    for sample in metric.samples
                    if not sample.name.endswith("_created")
                ]
    return families.values()


def _merged(files: list[str]) -> list[Metric]:
    try:
        return list(MultiProcessCollector.merge(files))  # type: ignore[no-untyped-call] # the library has no types
    except FileNotFoundError:  # its service has just started anew
        return []
    except (RuntimeError, ValueError, struct.error) as err:
        # What a machine wrote when its power failed: all else is told, until the service starts anew.
        logger.warning("metrics: counts that cannot be read: %s", error_summary(err))
        return []
