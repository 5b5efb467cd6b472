"""The page that deletes several lessons at once. Many of them are left to a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.decorators import SignedInRequest
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import CONFLICT, form_status, require_post_or_explain, see_other
from edu_platform.lib.versions import NotAsShown, is_as_shown, known_in
from schedule import access
from schedule.enums import ActionOrigin
from schedule.history.snapshots import version_now
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.deletion_work import (
    DELETE_LESSONS,
    deleted_in_words,
    deletion_arguments,
    deletion_scope,
    existing_codes,
    sent_to_worker,
    sent_with,
)
from schedule.lessons.forms import ToldForm
from schedule.lessons.meanwhile import lessons_meanwhile
from schedule.lessons.pages import (
    begun_is_not_deleted,
    codes_sent,
    deletion_context,
    versions_sent,
    week_of,
)
from schedule.models import Lesson, PlanningAction
from schedule.work.access import get_work_for
from schedule.work.kinds import is_long
from schedule.work.views import see_work
from schedule.work.writing import begin_work


def lessons_delete(request: SignedInRequest) -> HttpResponse:
    """Delete lessons, or ask before; GET with `work` asks once more where a worker found that they have changed."""
    if request.method != "POST" and "work" in request.GET:
        return _ask_after_work(request, request.GET["work"])
    return _delete(request)


@require_post_or_explain("schedule:this_week", keeps_arguments=False)
def _delete(request: SignedInRequest) -> HttpResponse:
    """Delete the lessons of these codes, all or none; without `confirmed` only ask."""
    codes = codes_sent(request.POST)
    form = ToldForm(request.POST if "confirmed" in request.POST else None)
    known = known_in(request.POST)
    if is_long(len(codes)) and form.is_valid():
        return _leave_to_worker(request, codes, known, form.action(by=request.user))
    lessons = access.get_lessons_to_plan(request.user, codes)
    if not form.is_valid():
        context = deletion_context(lessons, form, known=known)
        return render(request, "schedule/lessons_delete.html", context, status=form_status(form))
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    versions = versions_sent(lessons, codes, known)
    try:
        delete_lessons(lessons, at=action.at, action=action, known=versions)
    except NotAsShown:
        lessons_now = access.get_lessons_to_plan(request.user, codes)
        return _ask_again(request, lessons_now, form, versions)
    except LessonBegun as err:
        context = {"lesson": err.lesson, "may_reopen": False}
        error = begun_is_not_deleted(str(err.lesson))
        return render_error(request, "schedule/error.html", error, context)
    messages.success(request, deleted_in_words(len(lessons)))
    return see_other(week_of(lessons[0]))


def _leave_to_worker(
    request: SignedInRequest, codes: Sequence[str], known: str, action: PlanningAction
) -> HttpResponse:
    access.require_lessons_to_plan(request.user, codes)
    work = begin_work(
        DELETE_LESSONS,
        by=request.user,
        scope=deletion_scope(codes),
        arguments=deletion_arguments(codes, action),
        row_count=len(codes),
        content=sent_to_worker(codes, known),
    )
    return see_work(request, work)


def _ask_after_work(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask once more about lessons that have changed before the worker came to them.

    Raises:
        Http404: there is no such work, it is somebody else's, or it deletes no lessons.
    """
    work = get_work_for(request.user, code)
    if work.kind != DELETE_LESSONS.name:
        raise Http404
    codes, known = sent_with(work)
    remaining = existing_codes(codes)
    if not remaining:
        messages.info(request, _("This is done already: nothing is left to do."))
        return see_other(reverse("schedule:this_week"))
    lessons_now = access.get_lessons_to_plan(request.user, remaining)
    versions = versions_sent(lessons_now, codes, known)
    return _ask_again(request, lessons_now, ToldForm(), versions, status=200)


def _ask_again(
    request: SignedInRequest,
    lessons_now: Sequence[Lesson],
    form: ToldForm,
    versions: Mapping[int, str],
    *,
    status: int = CONFLICT,
) -> HttpResponse:
    """Ask once more, and say what has become of the lessons since they were shown."""
    changed = [
        (lesson, versions[lesson.pk])
        for lesson in lessons_now
        if not is_as_shown(versions.get(lesson.pk, ""), version_now(lesson))
    ]
    advice = _("Nothing was deleted. They are shown below as they are now.")
    context = {
        **deletion_context(lessons_now, form),
        "meanwhile": lessons_meanwhile(changed, advice=advice),
    }
    return render(request, "schedule/lessons_delete.html", context, status=status)
