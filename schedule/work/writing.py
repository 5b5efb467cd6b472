"""Long work: asked for, stopped, done by workers, and forgotten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may
from accounts.services.notices import notify
from edu_platform.lib.batches import in_batches
from edu_platform.lib.long_work import Runner, WorkRefused
from edu_platform.lib.queueing import enqueue_on_commit
from schedule.access import general_relations
from schedule.models import Work
from schedule.work.kinds import KINDS, WorkKind
from schedule.work.words import ACCOUNT_CLOSED, WORK_ENDED_NOTICE

# How long what became of it can be looked up.
KEPT_FOR = dt.timedelta(days=7)


def begin_work(
    kind: WorkKind,
    *,
    by: User,
    scope: str,
    arguments: Mapping[str, Any],
    row_count: int,
    file_name: str = "",
    content: bytes | None = None,
) -> Work:
    """Leave it to a worker, and return its row; where something of this scope is under way, the row of that.

    `scope` names what nobody else may work on meanwhile.
    """
    work = Work(
        kind=kind.name,
        asked_by=by,
        scope=scope,
        arguments=dict(arguments),
        row_count=row_count,
        file_name=file_name,
        content=content,
        due_at=timezone.now(),
    )
    while True:
        try:
            with transaction.atomic():
                work.save(force_insert=True)
                enqueue_on_commit("schedule.do_long_work")
        except IntegrityError:
            # It may end between the two statements: then this one begins after all.
            if work_under_way := Work.objects.open().filter(scope=scope).first():
                return work_under_way
        else:
            return work


def stop_work(work: Work) -> bool:
    """Stop it, and return whether that was still possible."""
    is_stopped = Work.objects.stop(work, at=timezone.now())
    if is_stopped:
        Work.objects.filter(pk=work.pk).update(content=None)
    return is_stopped


def send_for_worker(work: Work, *, at: dt.datetime) -> None:
    """Send for a worker again where the one that had it is gone: its page need not wait for the clock."""
    if work.leased_until is not None and work.leased_until <= at:
        enqueue_on_commit("schedule.do_long_work")


def do_long_work(at: dt.datetime) -> None:
    """Do the next work that waits, and send for a worker for what waits behind it."""
    runner = Runner(
        rows=Work.objects.all(),
        handlers={name: kind.run for name, kind in KINDS.items()},
        name_of=lambda work: work.code,
        check=_require_asker,
        ended=_note_end,
    )
    run = runner.run(at)
    if run.done and Work.objects.due(timezone.now()).exists():
        enqueue_on_commit("schedule.do_long_work")


def _require_asker(work: Work) -> None:
    """Look whether who asked for it may still have it done.

    Raises:
        WorkRefused: their account was closed, or their role taken away.
    """
    user = User.objects.get(pk=work.asked_by_id)
    if not user.is_active or not may(KINDS[work.kind].action, general_relations(user)):
        raise WorkRefused(fault=ACCOUNT_CLOSED)


def _note_end(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(content=None)
    notify(
        user=work.asked_by,
        kind=WORK_ENDED_NOTICE,
        arguments={"kind": work.kind, "arguments": work.arguments, "state": work.state},
        address=reverse("schedule:work", args=[work.code]),
        cause=f"schedule.work:{work.code}",
        at=timezone.now(),
    )


def forget_old_work(at: dt.datetime) -> None:
    old = Work.objects.filter(ended_at__lt=at - KEPT_FOR).order_by("pk")
    for batch in in_batches(old.values_list("pk", flat=True)):
        Work.objects.filter(pk__in=batch).delete()
