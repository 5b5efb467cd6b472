"""The page of a teacher's absence: who stands in, and what becomes of the other lessons."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, form_status, see_other
from schedule import access
from schedule.absences.absence import Absence
from schedule.absences.forms import WAYS, AbsenceForm
from schedule.absences.pages import absence_context
from schedule.absences.proposals import ProposalsForm, proposals_in
from schedule.absences.writing import NotATeacher
from schedule.enums import ActionOrigin
from schedule.lessons import move_refusals
from schedule.lessons.access import get_absent_teacher
from schedule.lessons.moving import Wanted
from schedule.lessons.named import teacher_choices
from schedule.lessons.trying_again import trying_again
from schedule.models import Lesson

REFUSED: tuple[type[Exception], ...] = (NotATeacher, *move_refusals.REFUSED)


def refused(err: Exception, wanted: Wanted) -> dict[str, Any]:
    """Return what the page says of the refusal, and its status; `wanted` is what was to become of lessons."""
    if isinstance(err, NotATeacher):
        return {"faults": [err.reason.words(err.user.display_name)], "status": UNPROCESSABLE}
    return move_refusals.refused(err, wanted)


@require_http_methods(READ_AND_WRITE)
def absences(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.PLAN_LESSONS)
    if request.method != "POST":
        return _asked(request)
    handle = _handle_all if "proposal" in request.POST else _handle_one
    # Where somebody leaves just now, the form is read anew and says so.
    return trying_again(lambda: handle(request))


def _asked(request: SignedInRequest) -> HttpResponse:
    """The absence that the address names, or that of a lesson's teacher on its day; without, the form alone."""
    asked, code = request.GET.dict(), request.GET.get("lesson", "")
    if code and not asked.get("teacher"):
        lessons = access.get_lessons_to_plan(request.user, [code])
        return _page(request, Absence.around(lessons), opened=code)
    form = _absence_form(asked)
    if not form.is_valid():
        form.offer(teacher_choices(), chosen=None)
        return render(
            request,
            "schedule/absences.html",
            {"absence": None, "choice_form": form},
            status=form_status(form),
        )
    teacher = get_absent_teacher(request.user, form.cleaned_data["teacher"])
    return _page(request, form.absence(teacher), opened=code)


def _handle_one(request: SignedInRequest) -> HttpResponse:
    """One lesson, in one of the ways."""
    (lesson,) = access.get_lessons_to_plan(request.user, [request.POST.get("lesson", "")])
    shown_absence = _shown_absence(request)
    absence = shown_absence or Absence.around([lesson])
    way = WAYS.get(request.POST.get("action", ""))
    if way is None:
        fault = _("Choose what becomes of this lesson.")
        return _page(request, absence, opened=lesson.code, faults=[fault], status=UNPROCESSABLE)
    form = way(request.POST, lesson=lesson)
    if not form.is_valid():
        return _page(request, absence, tried=form, status=UNPROCESSABLE)
    try:
        form.save(
            form.action(by=request.user, origin=ActionOrigin.PAGE), shown_absence=shown_absence
        )
    except Lesson.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except REFUSED as err:
        return _page(request, absence, tried=form, **refused(err, form.wanted()))
    messages.success(request, form.said())
    return see_other(absence.address)


def _handle_all(request: SignedInRequest) -> HttpResponse:
    """The proposals that the page showed, by one action: all of them or none."""
    shown_absence = _shown_absence(request)
    proposals = proposals_in(request.POST.getlist("proposal"))
    try:
        lessons = access.get_lessons_to_plan(request.user, proposals)
    except Http404:
        if shown_absence is None:
            raise
        fault = _("One of the lessons was deleted meanwhile: nothing was saved.")
        form = ProposalsForm(request.POST, lessons=[], proposals={})
        return _page(request, shown_absence, tried_for_all=form, faults=[fault], status=CONFLICT)
    absence = shown_absence or Absence.around(lessons)
    form = ProposalsForm(request.POST, lessons=lessons, proposals=proposals)
    if not form.is_valid():
        return _page(request, absence, tried_for_all=form, status=UNPROCESSABLE)
    try:
        form.save(form.action(by=request.user, origin=ActionOrigin.PAGE), absence=absence)
    except REFUSED as err:
        return _page(request, absence, tried_for_all=form, **refused(err, form.wanted()))
    messages.success(request, form.said())
    return see_other(absence.address)


def _absence_form(asked: dict[str, str]) -> AbsenceForm:
    return AbsenceForm(asked, today=timezone.localdate())


def _shown_absence(request: SignedInRequest) -> Absence | None:
    """Return the absence on whose page the form stood that was sent; None: a program sent no more than it has to."""
    sent = {name: request.POST.get(name, "") for name in ("from", "to")}
    form = _absence_form({"teacher": request.POST.get("absent", ""), **sent})
    if not form.is_valid():
        return None
    teacher = get_absent_teacher(request.user, form.cleaned_data["teacher"])
    return form.absence(teacher)


def _page(
    request: SignedInRequest, absence: Absence, *, status: int = 200, **options: Any
) -> HttpResponse:
    context = absence_context(absence, at=timezone.now(), **options)
    form = _absence_form(absence.query)
    form.offer(context["teachers"], chosen=absence.teacher)
    context |= {"choice_form": form, "time_zone": timezone.get_default_timezone_name()}
    return render(request, "schedule/absences.html", context, status=status)
