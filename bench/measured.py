"""The platform as the benchmarks serve it, beside a view that does nothing.

Each answer tells what was waited for on its way: `Server-Timing` names the milliseconds spent sleeping
until the cloud may be called (`pause`), and in the calls themselves (`cloud`). To who asks for it by a header
it also tells how many statements the database was asked (`statements`, a number). Below `/bench/same/` are the
bytes of pages that the benchmark has put into its folder, answered by the server at once; below `/bench/missing/` the same
with 404, by a view behind the platform's middleware.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import cache, wraps
from pathlib import Path
from typing import Any

import requests
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, path

from edu_platform.lib.http import without_line_of_django
from edu_platform.wsgi import application as platform

SAME = "/bench/same/"
COUNTS_STATEMENTS = "HTTP_X_COUNT_STATEMENTS"
_spent = threading.local()


def _timed(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        started = time.perf_counter()
        try:
            return original(*args, **kwargs)
        finally:
            ms = (time.perf_counter() - started) * 1000
            setattr(_spent, name, getattr(_spent, name, 0.0) + ms)

    return call


time.sleep = _timed("pause", time.sleep)
requests.Session.send = _timed("cloud", requests.Session.send)  # type: ignore[method-assign]


@cache
def _same(name: str) -> bytes:
    return (Path(os.environ["BENCH_FOLDER"]) / name).read_bytes()


@login_not_required
def missing(_request: HttpRequest, name: str) -> HttpResponse:
    return without_line_of_django(HttpResponse(_same(name), status=404))


get_resolver().url_patterns.insert(0, path("bench/missing/<str:name>", missing))


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    if environ["PATH_INFO"].startswith(SAME):
        body = _same(environ["PATH_INFO"].removeprefix(SAME))
        start_response(
            "200 OK", [("Content-Length", str(len(body))), ("Content-Type", "text/html")]
        )
        return [body]
    _spent.__dict__.clear()
    if COUNTS_STATEMENTS in environ:
        _spent.statements = 0
        with connection.execute_wrapper(_counted):
            return _answered(environ, start_response)
    return _answered(environ, start_response)


def _counted(execute: Callable[..., Any], *statement: Any) -> Any:
    _spent.statements += 1
    return execute(*statement)


def _answered(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        told = ", ".join(f"{name};dur={ms:.1f}" for name, ms in _spent.__dict__.items())
        return start_response(
            status, [*headers, ("Server-Timing", told)] if told else headers, *more
        )

    return platform(environ, start)
