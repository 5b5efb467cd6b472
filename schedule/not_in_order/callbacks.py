"""Callbacks of the cloud that failed, or that no worker takes up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import partial

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from accounts.models import User
from classroom.selectors import (
    UNTAKEN_AFTER,
    FailedCallbacks,
    failed_callbacks,
    untaken_count,
)
from classroom.services.inbox import run_failed_again
from edu_platform.lib.backlog import Backlog
from schedule.school_day_hooks import NotInOrder, Remedy, begun, counted


def callbacks_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Callbacks of the cloud that failed or wait, which are administrators' business; two queries."""
    yield from _failed()
    yield from _untaken(at)


def _failed() -> Iterator[NotInOrder]:
    failed = failed_callbacks()
    return counted(Backlog(failed.count, failed.since), partial(_failed_line, failed))


def _failed_line(failed: FailedCallbacks, count: int) -> NotInOrder:
    sentence = ngettext(
        "%(count)s callback of the cloud has failed.",
        "%(count)s callbacks of the cloud have failed.",
        count,
    )
    fates = gettext(
        "Tried again by themselves: %(again)s. Given up: %(given_up)s; run these again when the cause is gone."
    )
    advice = fates % {"again": failed.tried_again, "given_up": failed.given_up}
    remedy = Remedy(pgettext("not in order", "Run again now"), run=_run_again, is_for=_may_run)
    return _line(sentence, "failed", advice, remedy, kind="callbacks")


def _untaken(at: dt.datetime) -> Iterator[NotInOrder]:
    return counted(untaken_count(received_until=at - UNTAKEN_AFTER), _untaken_line)


def _untaken_line(count: int) -> NotInOrder:
    sentence = ngettext(
        "No worker takes up %(count)s callback of the cloud.",
        "No worker takes up %(count)s callbacks of the cloud.",
        count,
    )
    advice = gettext("Start the worker, or more of them: they take up what waits by themselves.")
    remedy = Remedy(pgettext("not in order", "Check the installation"), reverse("admin:doctor"))
    return _line(sentence, "untaken", advice, remedy)


def _line(
    sentence: str, trouble: str, advice: str, remedy: Remedy, *, kind: str = ""
) -> NotInOrder:
    address = f"{reverse('admin:classroom_callbackevent_changelist')}?trouble={trouble}"
    return NotInOrder(sentence, address, is_for=_may_see, advice=advice, remedy=remedy, kind=kind)


def _may_see(user: User) -> bool:
    return user.has_perm("classroom.view_callbackevent")


def _may_run(user: User) -> bool:
    return user.has_perm("classroom.change_callbackevent")


def _run_again(at: dt.datetime) -> str:
    count = run_failed_again(at)
    text = ngettext(
        "A worker takes up %(count)s event again.",
        "A worker takes up %(count)s events again.",
        count,
    )
    return begun(count, text)
