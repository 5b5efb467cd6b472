"""Callbacks of the cloud that failed, or that no worker takes up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from accounts.models import User
from classroom.selectors import failed_callbacks, waiting_callbacks
from classroom.services.inbox import run_failed_again
from schedule.hooks import NotInOrder, Remedy

# A worker takes most of them up within a second, and a sweep what it missed within half a minute.
WAITED_TOO_LONG = dt.timedelta(minutes=5)


def callbacks_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Callbacks of the cloud that failed or wait, which are administrators' business; two queries."""
    callbacks = reverse("admin:classroom_callbackevent_changelist")
    failed = failed_callbacks()
    if failed.count:
        sentence = ngettext(
            "%(count)s callback of the cloud has failed.",
            "%(count)s callbacks of the cloud have failed.",
            failed.count,
        )
        fates = gettext(
            "Tried again by themselves: %(again)s. Given up: %(given_up)s; run these again when the cause is gone."
        )
        yield NotInOrder(
            sentence % {"count": failed.count},
            f"{callbacks}?failed=yes",
            failed.since,
            is_for=_may_see,
            advice=fates % {"again": failed.tried_again, "given_up": failed.given_up},
            remedy=Remedy(
                pgettext("not in order", "Run again now"), run=_run_again, is_for=_may_run
            ),
            kind="callbacks",
        )
    waiting = waiting_callbacks(received_until=at - WAITED_TOO_LONG)
    if waiting.count:
        sentence = ngettext(
            "No worker takes up %(count)s callback of the cloud.",
            "No worker takes up %(count)s callbacks of the cloud.",
            waiting.count,
        )
        yield NotInOrder(
            sentence % {"count": waiting.count},
            f"{callbacks}?state__exact=waiting",
            waiting.since,
            is_for=_may_see,
            advice=gettext(
                "Start the worker, or more of them: they take up what waits by themselves."
            ),
        )


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
    return text % {"count": count}
