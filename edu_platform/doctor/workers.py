"""The workers and beat: whether what is sent is done, and how long it waits."""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Iterator
from contextlib import closing

from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError

from edu_platform import heartbeat
from edu_platform.doctor.broker import UNREACHED, client
from edu_platform.doctor.findings import Check, Finding, error, ok, warning
from edu_platform.lib.formatting import followed_by, moment_text
from edu_platform.lib.text import error_summary
from edu_platform.queues import CLOCK_QUEUE, EVENT_QUEUE, state_of
from edu_platform.tasks import ANSWER_KEY, answer_doctor

# With all processes of a worker busy a task waits for one of them.
ANSWER_WITHIN_S = 10.0
LOOK_EVERY_S = 0.1
# A task of the clock has its next turn after 30 seconds: beyond two of them workers do not keep up.
SLOW_AFTER = dt.timedelta(minutes=1)
# By now people wait for rooms and replays.
STUCK_AFTER = dt.timedelta(minutes=10)


def answers(queue: str) -> Check:
    """A task is sent to the queue, and a worker writes its answer into the database."""
    line = f"workers.{queue}"

    def find() -> Iterator[Finding]:
        nonce = secrets.token_hex(8)
        began_s = time.monotonic()
        try:
            answer_doctor.apply_async(
                kwargs={"nonce": nonce}, queue=queue, retry=False, expires=ANSWER_WITHIN_S
            )
        except (OperationalError, ValueError) as err:
            told = _("No task can be sent: %(reason)s") % {"reason": error_summary(err)}
            yield error(line, told, _("See the lines that begin with broker."))
            return
        if not _is_answered(nonce):
            told = _("No worker of the queue %(queue)s answers within %(seconds)d seconds.")
            yield error(line, told % {"queue": queue, "seconds": ANSWER_WITHIN_S}, _advice())
            return
        told = _("A worker of the queue %(queue)s answered after %(seconds).1f s.")
        yield ok(line, told % {"queue": queue, "seconds": time.monotonic() - began_s})

    return Check((line,), find)


def _advice() -> str:
    return _(
        "Start the worker (Procfile: worker) with --queues celery,events, with the same REDIS_URL,"
        " DATABASE_URL and code as here. If it runs, it is busy, its clock is another, or its log"
        " says why not."
    )


def _is_answered(nonce: str) -> bool:
    key = ANSWER_KEY.format(nonce=nonce)
    deadline_s = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < deadline_s:
        if cache.get(key) is not None:
            cache.delete(key)
            return True
        time.sleep(LOOK_EVERY_S)
    return False


def waiting(queue: str) -> Check:
    """Return a check of how many messages wait, and since when the oldest does."""
    line = f"queues.{queue}"

    def find() -> Iterator[Finding]:
        at = timezone.now()
        try:
            with closing(client()) as server:
                state = state_of(server, queue)
        except UNREACHED as err:
            told = _("The queue cannot be read: %(reason)s") % {"reason": error_summary(err)}
            yield error(line, told, _("See the lines that begin with broker."))
            return
        oldest = state.oldest_sent_at
        told = _("Messages that wait in %(queue)s: %(count)d.") % {
            "queue": queue,
            "count": state.waiting,
        }
        if oldest is None or at - oldest <= SLOW_AFTER:
            yield ok(line, told)
            return
        since = _("The oldest came at %(moment)s.") % {"moment": moment_text(oldest, at)}
        tell = error if at - oldest > STUCK_AFTER else warning
        text = followed_by(told, since)
        yield tell(line, text, _("Start more workers, or see in their logs what holds them up."))

    return Check((line,), find)


def _beat() -> Iterator[Finding]:
    at = timezone.now()
    last = heartbeat.last_heartbeat()
    advice = _(
        "Start beat (Procfile: beat), once in all. If the lines that begin with workers fail too,"
        " start these first: they do what beat sends."
    )
    if last is None:
        yield error("beat.heartbeat", _("Beat and a worker have never run together."), advice)
    elif heartbeat.is_silent(at):
        told = _("Nothing that beat sends has been done since %(moment)s.")
        yield error("beat.heartbeat", told % {"moment": moment_text(last, at)}, advice)
    else:
        told = _("Beat and a worker ran together at %(moment)s.")
        yield ok("beat.heartbeat", told % {"moment": moment_text(last, at)})


beat = Check(("beat.heartbeat",), _beat)
CHECKS = (
    *(answers(queue) for queue in (CLOCK_QUEUE, EVENT_QUEUE)),
    *(waiting(queue) for queue in (CLOCK_QUEUE, EVENT_QUEUE)),
    beat,
)
