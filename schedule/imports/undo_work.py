"""Undoing an import as long work: its page leaves it to a worker. Lessons by their action, other files by themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.enums import ActionOrigin
from schedule.imports.file_words import counts_in_words
from schedule.imports.undo import AlreadyUndone, UndoRefused, undo_import
from schedule.imports.undo_files import NothingToUndo, undo_file
from schedule.imports.undo_parts import deleted_names_in_words
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import ImportedFile, PlanningAction, Work
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

CHANGED, REFUSED, ALREADY = "changed", "refused", "already"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was undone: something has changed meanwhile. The page shows what would happen now."
    ),
    REFUSED: gettext_lazy("Nothing was undone: the page says why the import stays."),
    ALREADY: gettext_lazy("This import was undone before."),
}
FAULTS_OF_LESSONS = FAULTS | {
    CHANGED: gettext_lazy(
        "Nothing was undone: the timetable was changed meanwhile. The page shows what would happen now."
    ),
}


def begin_undo(
    imported: PlanningAction, *, action: PlanningAction, by: User, known: str, row_count: int
) -> Work:
    """Leave it to a worker to undo an import of lessons by this action."""
    arguments = {
        "imported": imported.code,
        **_shown_as(imported.at, known),
        **action_arguments(action),
    }
    scope = f"undo:{imported.code}"
    return begin_work(UNDO_IMPORT, by=by, scope=scope, arguments=arguments, row_count=row_count)


def begin_undo_of_file(file: ImportedFile, *, by: User, known: str, row_count: int) -> Work:
    """Leave it to a worker to undo a file of people or weekly lessons."""
    arguments = {"file": file.code, **_shown_as(file.at, known)}
    scope = f"undo:{file.code}"
    return begin_work(UNDO_FILE, by=by, scope=scope, arguments=arguments, row_count=row_count)


def _shown_as(at: dt.datetime, known: str) -> dict[str, str]:
    return {"moment": f"{timezone.localtime(at):%Y-%m-%d %H:%M}", "known": known}


def undone_in_words(deleted_names: Sequence[str]) -> str:
    """Say that an import of lessons was undone, and which names went with it."""
    sentences = [_("The import was undone."), deleted_names_in_words(deleted_names)]
    return " ".join(filter(None, sentences))


def undone_file_in_words(counts: Mapping[str, int], deleted_names: Sequence[str]) -> str:
    """Say what was undone of a file, and which names went with it."""
    done = _("Undone: %(counts)s.") % {"counts": counts_in_words(counts)}
    return " ".join(filter(None, (done, deleted_names_in_words(deleted_names))))


@contextmanager
def _refusing() -> Iterator[None]:
    """Say why an undo is refused, as the page of its work tells it."""
    try:
        yield
    except AlreadyUndone as err:
        raise WorkRefused(fault=ALREADY) from err
    except (NothingToUndo, UndoRefused) as err:
        raise WorkRefused(fault=REFUSED) from err
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    imported = PlanningAction.objects.get(code=arguments["imported"], origin=ActionOrigin.IMPORT)
    with _refusing():
        undo_import(
            imported,
            action=action_of(work.row),
            known=arguments["known"],
            write_in=work.writing,
        )


def _run_file(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    file = ImportedFile.objects.get(code=arguments["file"])
    with _refusing():
        undo_file(file, by=work.row.asked_by, known=arguments["known"], write_in=work.writing)


def _outcome(work: Work) -> Outcome:
    if work.state == WorkState.DONE:
        address = reverse("schedule:timetable_change", args=[work.result["action"]])
        sentence = Sentence(undone_in_words(work.result["made"]))
        return Outcome([sentence], address, _("To what became of the lessons"))
    address = reverse("schedule:import_undo", args=[work.arguments["imported"]])
    return Outcome((), address, _("To what undoing would do"))


def _outcome_of_file(work: Work) -> Outcome:
    code = work.arguments["file"]
    if work.state == WorkState.DONE:
        text = undone_file_in_words(work.result["counts"], work.result["made"])
        address = reverse("imports:file", args=[code])
        return Outcome([Sentence(text)], address, _("To the import"))
    address = reverse("imports:file_undo", args=[code])
    return Outcome((), address, _("To what undoing would do"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Undo the import of %(moment)s") % {"moment": arguments["moment"]}


UNDO_IMPORT = WorkKind(
    name="schedule.undo_import",
    action=Action.PLAN_LESSONS,
    run=_run,
    title=_title,
    named_by=("moment",),
    outcome=_outcome,
    faults=FAULTS_OF_LESSONS,
)
UNDO_FILE = WorkKind(
    name="schedule.undo_file",
    action=Action.PLAN_LESSONS,
    run=_run_file,
    title=_title,
    named_by=("moment",),
    outcome=_outcome_of_file,
    faults=FAULTS,
)
