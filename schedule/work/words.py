"""Words for long work: what is done, how far it is, and why it was not done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import NoticeWords
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.long_work import ERROR, WorkState
from schedule.models import Work
from schedule.work.kinds import KINDS

WORK_ENDED_NOTICE = "schedule.work_ended"

# Reasons for which any work may not be done; a kind has its own besides.
ACCOUNT_CLOSED = "account"
FAULTS = {
    ACCOUNT_CLOSED: _("Whoever asked for it may no longer do this, so nothing was done."),
    ERROR: _(
        "It failed several times because of an error, and nothing was changed. Try again; if it fails again, tell the administrators."
    ),
}


SHAPES = {
    WorkState.WAITING: ("○", "mark-quiet"),
    WorkState.RUNNING: ("◌", "mark-waiting"),
    WorkState.WRITING: ("◌", "mark-waiting"),
    WorkState.DONE: ("✓", "mark-done"),
    WorkState.FAILED: ("✕", "mark-running"),
    WorkState.STOPPED: ("◇", "mark-quiet"),
}


def state_words(state: WorkState) -> StateWords:
    shape, css_class = SHAPES[state]
    return StateWords(shape=shape, label=str(state.label), css_class=css_class)


def title_of(kind: str, arguments: Mapping[str, Any]) -> str:
    work_kind = KINDS.get(kind)
    return gettext("Long work") if work_kind is None else work_kind.title(arguments)


def fault_of(work: Work) -> str:
    """Return why it was not done, with what its result names; empty where that is not known here."""
    text = str({**FAULTS, **KINDS[work.kind].faults}.get(work.result.get("fault", ""), ""))
    return text % cast("Mapping[str, Any]", work.result)


def time_left_in_words(seconds: float) -> str:
    """Return a rough "about 20 s more"."""
    if seconds >= 90:
        minutes = round(seconds / 60)
        return ngettext("about %(count)s minute more", "about %(count)s minutes more", minutes) % {
            "count": minutes
        }
    rounded = max(5, 5 * round(seconds / 5))
    return gettext("about %(count)s s more") % {"count": rounded}


def _notice_in_words(notice_arguments: Mapping[str, object]) -> Mapping[str, object]:
    arguments = cast("Mapping[str, Any]", notice_arguments["arguments"])
    state = WorkState(str(notice_arguments["state"])).label
    return {"title": title_of(str(notice_arguments["kind"]), arguments), "state": state}


NOTICES = {
    WORK_ENDED_NOTICE: NoticeWords(
        sentence=_("%(title)s: %(state)s"), way=_("To the result"), in_words=_notice_in_words
    )
}
