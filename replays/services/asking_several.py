"""Having the cloud asked for several replays while a person waits."""

from __future__ import annotations

import time
from collections.abc import Iterable

from django.utils import timezone

from accounts.models import User
from replays.enums import AnswerKind
from replays.models import Replay
from replays.services.asking import ask_now

# Whoever has several asked for waits no longer than that, and not for a cloud that is silent.
ASK_LIMIT_S = 20.0


def ask_several(replays: Iterable[Replay], *, person: User) -> list[tuple[Replay, AnswerKind]]:
    """Ask for one after the other, as far as the time goes, and return what came of each.

    Must not run inside a transaction.
    """
    answers: list[tuple[Replay, AnswerKind]] = []
    started_s = time.monotonic()
    for replay in replays:
        if time.monotonic() - started_s > ASK_LIMIT_S:
            break
        kind = ask_now(replay, person=person, at=timezone.now()).kind
        answers.append((replay, kind))
        if kind in {AnswerKind.SILENT, AnswerKind.BUSY}:
            break
    return answers
