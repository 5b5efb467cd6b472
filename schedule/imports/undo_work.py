"""Undoing an import as long work: its page leaves it to a worker."""

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
from schedule.enums import ActionOrigin
from schedule.imports.undo import AlreadyUndone, UndoRefused, undo_import
from schedule.imports.undo_parts import deleted_names_in_words
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction, Work
from schedule.work.actions import action_arguments, action_of
from schedule.work.kinds import Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

CHANGED, REFUSED, ALREADY = "changed", "refused", "already"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was undone: the timetable was changed meanwhile. The page shows what would happen now."
    ),
    REFUSED: gettext_lazy("Nothing was undone: the page says why the import stays."),
    ALREADY: gettext_lazy("This import was undone before."),
}


def begin_undo(
    imported: PlanningAction, *, action: PlanningAction, by: User, known: str, row_count: int
) -> Work:
    """Leave it to a worker to undo an import by this action."""
    arguments = {
        "imported": imported.code,
        "moment": f"{timezone.localtime(imported.at):%Y-%m-%d %H:%M}",
        "known": known,
        **action_arguments(action),
    }
    return begin_work(
        UNDO_IMPORT,
        by=by,
        scope=f"undo:{imported.code}",
        arguments=arguments,
        row_count=row_count,
    )


def undone_in_words(deleted_names: Sequence[str]) -> str:
    """Say that an import was undone, and which names went with it."""
    sentences = [_("The import was undone."), deleted_names_in_words(deleted_names)]
    return " ".join(filter(None, sentences))


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    imported = PlanningAction.objects.get(code=arguments["imported"], origin=ActionOrigin.IMPORT)
    try:
        undo_import(
            imported,
            action=action_of(work.row),
            known=arguments["known"],
            write_in=work.writing,
        )
    except AlreadyUndone as err:
        raise WorkRefused(fault=ALREADY) from err
    except UndoRefused as err:
        raise WorkRefused(fault=REFUSED) from err
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err


def _outcome(work: Work) -> Outcome:
    if work.state == WorkState.DONE:
        address = reverse("schedule:timetable_change", args=[work.result["action"]])
        sentence = Sentence(undone_in_words(work.result["made"]))
        return Outcome([sentence], address, _("To what became of the lessons"))
    address = reverse("schedule:import_undo", args=[work.arguments["imported"]])
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
    faults=FAULTS,
)
