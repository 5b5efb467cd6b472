"""Planners' pages: making, changing, publishing, cancelling, restoring and deleting lessons."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    form_status,
    see_other,
)
from edu_platform.lib.versions import NotAsShown, known_in
from schedule import access
from schedule.door.error_pages import EntryErrorPage
from schedule.enums import ActionOrigin, LessonState
from schedule.history.personal_news import Pair
from schedule.history.snapshots import snapshot_of, version_now
from schedule.history.words import differences
from schedule.hooks import change_notes
from schedule.lessons.begun import frozen_in_words
from schedule.lessons.cancel import LessonIsDraft, LessonOver, cancel_lesson, restore_lesson
from schedule.lessons.change import LessonFrozen, publish_lesson
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.fields import prefilled
from schedule.lessons.forms import PlanningForm, ToldForm
from schedule.lessons.meanwhile import Meanwhile, lesson_meanwhile
from schedule.lessons.named import class_group_choices, course_names, teacher_choices
from schedule.lessons.pages import (
    begun_is_not_deleted,
    draft_is_not_cancelled,
    over_is_not_cancelled,
    told_in_words,
    week_before,
    week_with,
)
from schedule.lessons.taking import LessonOverlaps
from schedule.lessons.trying_again import trying_again
from schedule.models import Lesson, LessonSnapshot, PlanningAction
from schedule.occupancy.words import clashes_of, overlap_in_words

# --- Making and changing --------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def lesson_new(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.PLAN_LESSONS)
    if request.method == "POST":
        return _answer_anew(request, lambda: PlanningForm(request.POST, initial=prefilled({})))
    return _form_page(request, PlanningForm(initial=prefilled(request.GET.dict())))


@require_http_methods(READ_AND_WRITE)
def lesson_change(request: SignedInRequest, code: str) -> HttpResponse:
    lesson = access.get_lesson_for(request.user, code, Action.PLAN_LESSONS)
    if request.method != "POST":
        return _form_page(request, PlanningForm(lesson=lesson))
    try:
        return _answer_anew(request, lambda: PlanningForm(request.POST, lesson=lesson))
    except NotAsShown:
        return lesson_change(request, code)  # somebody was quicker: the lesson is read anew


def _answer_anew(request: SignedInRequest, make_form: Callable[[], PlanningForm]) -> HttpResponse:
    """Answer as below; where somebody leaves just now, the form is read anew and says so."""
    return trying_again(lambda: _answer(request, make_form()))


def _answer(request: SignedInRequest, form: PlanningForm) -> HttpResponse:
    """Save what was sent. With `check`, or when the lesson has changed since, only say what saving would do.

    Raises:
        NotAsShown: it has changed in this moment.
        ChangedMeanwhile: somebody has left in this moment.
    """
    if not form.is_valid():
        return _form_page(request, form, status=UNPROCESSABLE)
    try:
        if "check" in request.POST or form.is_stale:
            status = CONFLICT if form.is_stale else 200
            return _form_page(request, form, tried=form.try_out(), status=status)
        action = form.action(by=request.user, origin=ActionOrigin.PAGE)
        saved = form.save(action)
    except Lesson.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except LessonOverlaps as err:
        return _form_page(request, form, overlap=err, status=CONFLICT)
    except LessonFrozen as err:
        form.add_error(None, frozen_in_words(err.begun))
        return _form_page(request, form, status=UNPROCESSABLE)
    _say_what_was_done(request, form)
    return see_other(reverse("schedule:lesson", args=[saved.code]))


def _say_what_was_done(request: SignedInRequest, form: PlanningForm) -> None:
    if not form.has_saved:
        messages.info(request, _("Nothing was changed."))
        return
    done = _("The lesson was planned.") if form.lesson is None else _("The lesson was changed.")
    messages.success(request, done)
    if form.makes_course:
        messages.info(request, form.new_course_in_words())


def _form_page(
    request: SignedInRequest,
    form: PlanningForm,
    *,
    tried: Pair | None = None,
    overlap: LessonOverlaps | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "lesson": form.lesson,
        "notes": [] if form.lesson is None else change_notes(form.lesson),
        "courses": course_names(),
        "teachers": teacher_choices(),
        "class_groups": class_group_choices(),
        "back": (
            week_before(prefilled(request.GET.dict()))
            if form.lesson is None
            else reverse("schedule:lesson", args=[form.lesson.code])
        ),
        "is_checked": tried is not None,
        # What is sent next was sent by somebody who has seen the lesson as it is, or still has not.
        "known": form.known if tried is None else form.version,
        "meanwhile": None if tried is None else form.meanwhile(),
        "new_course": form.new_course_in_words() if tried is not None and form.makes_course else "",
        "differences": [] if tried is None else differences(*tried),
    }
    # Until something is tried: who would be told of any change.
    pair = tried or (form.before, form.before)
    if pair != (None, None):
        context["told"] = told_in_words(pair, at=timezone.now())
    if overlap is not None:
        context |= _clashes(
            overlap,
            form.wanted(),
            lesson=form.lesson,
            groups_may_overlap=bool(form.cleaned_data["overlap_reason"]),
        )
    return render(request, "schedule/planning.html", context, status=status)


# --- One step, after a page that asks -------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that is done to a lesson as a whole, and how its page says so."""

    heading: str | Promise
    explanation: str | Promise
    button: str | Promise
    done: str | Promise
    # With the version of the lesson that the page showed.
    act: Callable[[Lesson, PlanningAction, str], None]
    # Which state the lesson has afterwards; None: it is gone.
    becomes: LessonState | None
    is_grave: bool = False


def _cancel(lesson: Lesson, action: PlanningAction, known: str) -> None:
    cancel_lesson(lesson, reason=action.reason, at=action.at, action=action, known=known)


def _restore(lesson: Lesson, action: PlanningAction, known: str) -> None:
    trying_again(lambda: restore_lesson(lesson, action=action, known=known))


def _publish(lesson: Lesson, action: PlanningAction, known: str) -> None:
    publish_lesson(lesson, action=action, known=known)


def _delete(lesson: Lesson, action: PlanningAction, known: str) -> None:
    delete_lessons([lesson], at=action.at, action=action, known={lesson.pk: known})


CANCEL = Step(
    heading=gettext_lazy("Cancel this lesson?"),
    explanation=gettext_lazy(
        "It stays in the timetable, marked as cancelled. Its room is closed, and everybody is free at that time."
    ),
    button=gettext_lazy("Cancel the lesson"),
    done=gettext_lazy("The lesson was cancelled."),
    act=_cancel,
    becomes=LessonState.CANCELLED,
    is_grave=True,
)
RESTORE = Step(
    heading=gettext_lazy("Undo the cancellation?"),
    explanation=gettext_lazy("The lesson takes place again, in a new room."),
    button=gettext_lazy("Undo the cancellation"),
    done=gettext_lazy("The cancellation was undone."),
    act=_restore,
    becomes=LessonState.PUBLISHED,
)
PUBLISH = Step(
    heading=gettext_lazy("Publish this lesson?"),
    explanation=gettext_lazy("Everybody concerned sees it in their timetable."),
    button=gettext_lazy("Publish the lesson"),
    done=gettext_lazy("The lesson was published."),
    act=_publish,
    becomes=LessonState.PUBLISHED,
)
DELETE = Step(
    heading=gettext_lazy("Delete this lesson?"),
    explanation=gettext_lazy(
        "It disappears from the timetable, with its room. A lesson that people should see as cancelled is cancelled instead."
    ),
    button=gettext_lazy("Delete the lesson"),
    done=gettext_lazy("The lesson was deleted."),
    act=_delete,
    becomes=None,
    is_grave=True,
)


@require_http_methods(READ_AND_WRITE)
def lesson_cancel(request: SignedInRequest, code: str) -> HttpResponse:
    return _step(request, code, CANCEL)


@require_http_methods(READ_AND_WRITE)
def lesson_restore(request: SignedInRequest, code: str) -> HttpResponse:
    return _step(request, code, RESTORE)


@require_http_methods(READ_AND_WRITE)
def lesson_publish(request: SignedInRequest, code: str) -> HttpResponse:
    return _step(request, code, PUBLISH)


@require_http_methods(READ_AND_WRITE)
def lesson_delete(request: SignedInRequest, code: str) -> HttpResponse:
    return _step(request, code, DELETE)


def _step(request: SignedInRequest, code: str, step: Step) -> HttpResponse:
    lesson = access.get_lesson_for(request.user, code, Action.PLAN_LESSONS)
    form = ToldForm(request.POST if request.method == "POST" else None)
    known = known_in(request.POST)
    if not form.is_valid():
        return _step_page(request, lesson, step, form, known=known)
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    after = _after(lesson, step)
    try:
        step.act(lesson, action, known)
    except Lesson.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        lesson = access.get_lesson_for(request.user, code, Action.PLAN_LESSONS)
        return _step_page(request, lesson, step, form, known=known, is_stale=True)
    except LessonOverlaps as err:
        return _cannot_restore(request, lesson, err)
    except LessonIsDraft:
        return _refuse(request, draft_is_not_cancelled(), lesson)
    except LessonOver:
        return _refuse(request, over_is_not_cancelled(), lesson)
    except LessonBegun:
        return _refuse(request, begun_is_not_deleted(), lesson)
    messages.success(request, str(step.done))
    return see_other(after)


def _after(lesson: Lesson, step: Step) -> str:
    if step.becomes is not None:
        return reverse("schedule:lesson", args=[lesson.code])
    return week_with(lesson)


def _step_page(
    request: SignedInRequest,
    lesson: Lesson,
    step: Step,
    form: ToldForm,
    *,
    known: str,
    is_stale: bool = False,
) -> HttpResponse:
    """Ask; where the lesson has changed since (`is_stale`) say how, and ask once more unless it is done."""
    before = snapshot_of(lesson)
    is_done = is_stale and before.state == step.becomes
    context = {
        "step": step,
        "lesson": lesson,
        "lessons": [lesson],
        "form": form,
        # A page of faults shows nothing of the lesson that its first one did not.
        "known": known if known and not is_stale else version_now(lesson),
        "is_done": is_done,
        "meanwhile": _step_meanwhile(lesson, known, is_done=is_done) if is_stale else None,
        "told": told_in_words((before, _becomes(before, step)), at=timezone.now()),
    }
    status = CONFLICT if is_stale else form_status(form)
    return render(request, "schedule/planning_step.html", context, status=status)


def _step_meanwhile(lesson: Lesson, known: str, *, is_done: bool) -> Meanwhile:
    if is_done:
        advice = _("This is done already: nothing is left to do.")
    else:
        advice = _("Nothing was done. It is shown below as it is now.")
    return lesson_meanwhile(lesson, known, advice=advice)


def _becomes(before: LessonSnapshot, step: Step) -> LessonSnapshot | None:
    return None if step.becomes is None else dataclasses.replace(before, state=step.becomes)


def _cannot_restore(request: SignedInRequest, lesson: Lesson, err: LessonOverlaps) -> HttpResponse:
    """Somebody was given another lesson meanwhile: this one is moved first, or that one."""
    clashes = _clashes(
        err,
        snapshot_of(lesson),
        lesson=lesson,
        groups_may_overlap=bool(lesson.overlap_reason),
    )
    context = {"lesson": lesson, **clashes}
    return render(request, "schedule/planning_conflict.html", context, status=CONFLICT)


def _clashes(
    err: LessonOverlaps, wanted: LessonSnapshot, *, lesson: Lesson | None, groups_may_overlap: bool
) -> dict[str, object]:
    """Return who is taken, by which lessons; in words alone where it cannot be found any more."""
    clashes = clashes_of(wanted, without=lesson, groups_may_overlap=groups_may_overlap)
    return {"overlap": overlap_in_words(err.taken), "clashes": clashes}


def _refuse(request: SignedInRequest, error: EntryErrorPage, lesson: Lesson | None) -> HttpResponse:
    context = {"lesson": lesson, "may_reopen": False}
    return render_error(request, "schedule/error.html", error, context)
