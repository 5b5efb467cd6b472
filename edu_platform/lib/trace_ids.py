"""Ids that tie the lines of logs together: those of the request, of the task, and of who asked.

They lie in context variables, from where every line takes them. `docs/monitoring.md` says how they travel.
"""

from __future__ import annotations

import contextvars
import re
import secrets
from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from structlog import contextvars as context

# Somebody reads it out on the telephone.
ID_BYTES = 4
# What others may call a request: nothing that could forge a line of a log.
ACCEPTED = re.compile(r"[A-Za-z0-9_.:-]{8,64}")

Given = ParamSpec("Given")
Result = TypeVar("Result")


def new_id() -> str:
    return secrets.token_hex(ID_BYTES)


def begin_request(request_id: str) -> None:
    """From now on this thread works on this request and nothing else."""
    context.clear_contextvars()
    context.bind_contextvars(request_id=request_id)


def end_request() -> None:
    context.clear_contextvars()


def note_user(user_id: int) -> None:
    context.bind_contextvars(user_id=user_id)


def current() -> dict[str, object]:
    """The ids of what this thread works on: `request_id`, `task_id`, `parent_task_id`, `user_id`, as far as known."""
    return context.get_contextvars()


def request_id() -> str:
    """The id of the request, also in a task that it caused; empty where there is none."""
    return str(current().get("request_id", ""))


def in_this_context(work: Callable[Given, Result]) -> Callable[Given, Result]:
    """The work for another thread, with the ids of this one."""
    return partial(contextvars.copy_context().run, work)
