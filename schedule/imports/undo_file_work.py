"""Undoing a file of people or weekly lessons as long work: its page leaves it to a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.imports.file_words import counts_in_words
from schedule.imports.undo import AlreadyUndone
from schedule.imports.undo_files import NothingToUndo, undo_file
from schedule.imports.undo_parts import deleted_names_in_words
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ImportedFile, Work
from schedule.work.kinds import Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

CHANGED, NOTHING, ALREADY = "changed", "nothing", "already"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was undone: something has changed meanwhile. The page shows what would happen now."
    ),
    NOTHING: gettext_lazy("Nothing was undone: the page says why the import stays."),
    ALREADY: gettext_lazy("This import was undone before."),
}


def begin_undo_of_file(file: ImportedFile, *, by: User, known: str, row_count: int) -> Work:
    """Leave it to a worker to undo a file."""
    arguments = {
        "file": file.code,
        "moment": f"{timezone.localtime(file.at):%Y-%m-%d %H:%M}",
        "known": known,
    }
    scope = f"undo:{file.code}"
    return begin_work(UNDO_FILE, by=by, scope=scope, arguments=arguments, row_count=row_count)


def undone_file_in_words(counts: Mapping[str, int], deleted_names: Sequence[str]) -> str:
    """Say what was undone of an import, and which names went with it."""
    done = _("Undone: %(counts)s.") % {"counts": counts_in_words(counts)}
    return " ".join(filter(None, (done, deleted_names_in_words(deleted_names))))


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    file = ImportedFile.objects.get(code=arguments["file"])
    try:
        undo_file(file, by=work.row.asked_by, known=arguments["known"], write_in=work.writing)
    except AlreadyUndone as err:
        raise WorkRefused(fault=ALREADY) from err
    except NothingToUndo as err:
        raise WorkRefused(fault=NOTHING) from err
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err


def _outcome(work: Work) -> Outcome:
    code = work.arguments["file"]
    if work.state == WorkState.DONE:
        text = undone_file_in_words(work.result["counts"], work.result["made"])
        address = reverse("imports:file", args=[code])
        return Outcome([Sentence(text)], address, _("To the import"))
    address = reverse("imports:file_undo", args=[code])
    return Outcome((), address, _("To what undoing would do"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Undo the import of %(moment)s") % {"moment": arguments["moment"]}


UNDO_FILE = WorkKind(
    name="schedule.undo_file",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("moment",),
    outcome=_outcome,
    faults=FAULTS,
)
