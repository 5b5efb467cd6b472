"""Long work: asked for, stopped, done by workers, and forgotten."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.notices import notify
from edu_platform.lib.batches import in_batches
from edu_platform.lib.keeping_times import DAY, KeptKind
from edu_platform.lib.long_work import Runner, RunningWork, WorkRefused, WorkState
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.versions import version_of
from schedule.models import Work
from schedule.work.kinds import KINDS, WorkKind
from schedule.work.words import ACCOUNT_CLOSED, WORK_ENDED_NOTICE

# How long what became of it can be looked up, unless the school chooses otherwise.
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
    """Leave it to a worker, in the language of now, and return its row.

    `scope` names what nobody else may work on meanwhile: where something of it is under way, that is returned,
    with `is_in_the_way` or `is_asked_for_again`.
    """
    arguments = {**arguments, "language": get_language()}
    work = Work(
        kind=kind.name,
        asked_by=by,
        scope=scope,
        arguments=arguments,
        row_count=row_count,
        file_name=file_name,
        content=content,
        due_at=timezone.now(),
    )
    for is_last_try in (False, True):
        try:
            with transaction.atomic():
                work.save(force_insert=True)
                enqueue_on_commit("schedule.do_long_work")
            break
        except IntegrityError:
            under_way = Work.objects.open().without_files().filter(scope=scope).first()
            if under_way is not None:
                under_way.is_asked_for_again = _is_the_same(under_way, work)
                under_way.is_in_the_way = not under_way.is_asked_for_again
                return under_way
            # It has ended between the two statements: then this one begins after all.
            if is_last_try:
                raise
    return work


def _is_the_same(under_way: Work, work: Work) -> bool:
    def asked_for(row: Work) -> str:
        return version_of(row.kind, json.dumps({**row.arguments, "language": ""}, sort_keys=True))

    return asked_for(under_way) == asked_for(work)


@transaction.atomic
def stop_work(work: Work, *, by: User) -> bool:
    """Stop it, and return whether that was still possible; who asked for it is told when others stop it."""
    result = {} if by == work.asked_by else {"stopped_by": by.display_name}
    if not Work.objects.stop(work, result=result, at=timezone.now()):
        return False
    if by == work.asked_by:
        Work.objects.filter(pk=work.pk).update(content=None)
    else:
        work.state = WorkState.STOPPED
        _note_end(work)
    return True


def do_long_work(at: dt.datetime) -> None:
    """Do the next work that waits, and send for a worker for what waits behind it."""
    runner = Runner(
        rows=Work.objects.all(),
        handlers={name: partial(_run_in_language, kind) for name, kind in KINDS.items()},
        name_of=lambda work: work.code,
        check=_require_asker,
        ended=_note_end,
    )
    run = runner.run(at)
    if (run.done or run.failed) and Work.objects.due(timezone.now()).exists():
        enqueue_on_commit("schedule.do_long_work")


def _run_in_language(kind: WorkKind, work: RunningWork[Work]) -> None:
    """Do it in the language of who asked: what is refused and left out is said in words."""
    with override(work.row.arguments.get("language")):
        kind.run(work)


def _require_asker(work: Work) -> None:
    """Look whether who asked for it may still have it done.

    Raises:
        WorkRefused: their account was closed, or their role taken away.
    """
    user = User.objects.get(pk=work.asked_by_id)
    if not user.is_active or not KINDS[work.kind].may_be_asked_for(user, work.arguments):
        raise WorkRefused(fault=ACCOUNT_CLOSED)


def _note_end(work: Work) -> None:
    Work.objects.filter(pk=work.pk).update(content=None)
    kind = KINDS.get(work.kind)  # a release may have had others
    arguments = {name: work.arguments[name] for name in kind.named_by} if kind else {}
    notify(
        user=work.asked_by,
        kind=WORK_ENDED_NOTICE,
        arguments={"kind": work.kind, "arguments": arguments, "state": work.state},
        address=work.get_absolute_url(),
        cause=f"schedule.work:{work.code}",
        at=timezone.now(),
    )


def forget_old_work(at: dt.datetime, length: dt.timedelta) -> int:
    """Delete what ended longer ago, with the files that it has made, and return how much that was."""
    old = Work.objects.filter(ended_at__lt=at - length).order_by("pk")
    batches = in_batches(old.values_list("pk", flat=True))
    return sum(Work.objects.filter(pk__in=batch).delete()[0] for batch in batches)


LONG_WORK = KeptKind(
    code="long_work",
    name=_("Work that took long, with its files"),
    purpose=_("Who asked for it reads what became of it, and downloads the file that it made."),
    default=KEPT_FOR,
    shortest=DAY,
    reason=_("Who asks in the evening finds the file on the next day."),
    forget=forget_old_work,
    models=(Work,),
)
