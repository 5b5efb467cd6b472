"""The platform as the benchmarks serve it: each answer tells what was waited for on its way.

`Server-Timing` names the milliseconds spent waiting for a place among the calls that the cloud allows
a second (`budget`), and in the calls themselves (`cloud`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

import requests

from classroom.client.rate_limits import RateLimiter
from edu_platform.wsgi import application as platform

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


RateLimiter.take = _timed("budget", RateLimiter.take)  # type: ignore[method-assign]
requests.Session.send = _timed("cloud", requests.Session.send)  # type: ignore[method-assign]


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _spent.__dict__.clear()

    def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
        told = ", ".join(f"{name};dur={ms:.1f}" for name, ms in _spent.__dict__.items())
        return start_response(
            status, [*headers, ("Server-Timing", told)] if told else headers, *more
        )

    return platform(environ, start)
