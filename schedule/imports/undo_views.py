"""The page that undoes an import, after it has said what becomes of its lessons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown
from schedule.enums import ActionOrigin
from schedule.imports.access import get_import_of_lessons
from schedule.imports.forms import UndoForm
from schedule.imports.undo import (
    AlreadyUndone,
    Undoing,
    UndoRefused,
    undo_import,
    undoing_of,
)
from schedule.imports.undo_words import undo_context
from schedule.imports.undo_work import begin_undo, undone_in_words
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import PlanningAction
from schedule.work.kinds import is_long
from schedule.work.views import see_work


@require_http_methods(READ_AND_WRITE)
def import_undo(request: SignedInRequest, code: str) -> HttpResponse:
    """Undo all that an import did, or nothing, after a page that says what becomes of its lessons."""
    imported = get_import_of_lessons(request.user, code)
    if request.method != "POST":
        return _undo_page(request, imported, {"reason": _("An import was undone.")})
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _undo_page(request, imported, form, status=UNPROCESSABLE)
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    known = form.cleaned_data["seen"]
    if is_long(count := imported.changes.count()) and imported.undoing is None:
        work = begin_undo(imported, action=action, by=request.user, known=known, row_count=count)
        return see_work(request, work)
    try:
        undone = undo_import(imported, action=action, known=known)
    except UndoRefused as refused:
        return _undo_page(request, imported, form.cleaned_data, refused.undoing, status=CONFLICT)
    except NotAsShown as err:
        return _undo_page(request, imported, form.cleaned_data, err.now, status=CONFLICT)
    except (AlreadyUndone, ChangedMeanwhile):
        imported = get_import_of_lessons(request.user, code)
        return _undo_page(request, imported, form.cleaned_data, status=CONFLICT)
    messages.success(request, undone_in_words(undone.made.names))
    return see_other(reverse("schedule:timetable_change", args=[action.code]))


def _undo_page(
    request: SignedInRequest,
    imported: PlanningAction,
    answers: UndoForm | dict[str, Any],
    undoing: Undoing | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """Show what undoing would do; with 409 it is another thing than was shown before."""
    context: dict[str, object] = {"imported": imported}
    if imported.undoing is None:
        context["meanwhile"] = _meanwhile() if status == CONFLICT else None
        undoing_now = undoing or undoing_of(imported, at=timezone.now())
        form = answers
        if not isinstance(form, UndoForm):
            form = UndoForm(initial={**form, "seen": undoing_now.version})
        context |= {**undo_context(undoing_now), "form": form}
    return render(request, "schedule/import_undo.html", context, status=status)


def _meanwhile() -> Meanwhile:
    sentence = _(
        "Nothing was undone: the timetable was changed meanwhile. This is what would happen now."
    )
    return Meanwhile(said=sentence)
