"""Alive and ready: answered before any other middleware, for any Host and without a redirect."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from edu_platform.lib.redis_clients import client_without_retries

BROKER_TIMEOUT_S = 0.5


class HealthMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return JsonResponse({"status": "ok"})
        if request.path == "/readyz":
            return _readiness()
        return self.get_response(request)


def _readiness() -> HttpResponse:
    """200 while pages can be served; a broker that is down is told, and does not take us away."""
    try:
        missing = _migrations() - MigrationRecorder(connection).applied_migrations().keys()
    except DatabaseError:
        return JsonResponse({"status": "down", "database": "unreachable"}, status=503)
    finally:
        connection.close_if_unusable_or_obsolete()
    if missing:
        return JsonResponse({"status": "down", "database": "migrations missing"}, status=503)
    if not _is_broker_up():
        return JsonResponse({"status": "degraded", "database": "ok", "broker": "unreachable"})
    return JsonResponse({"status": "ok", "database": "ok", "broker": "ok"})


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """All migrations of the code: unlike what the database has, they stay the same in a process."""
    return frozenset(MigrationLoader(None).graph.nodes)


def _is_broker_up() -> bool:
    try:
        with client_without_retries(settings.REDIS_URL, BROKER_TIMEOUT_S) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
