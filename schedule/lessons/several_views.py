"""The pages that ask before something is done to several lessons at once, and do it. Many of them are left to a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import (
    CONFLICT,
    form_status,
    own_path,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.versions import NotAsShown, is_as_shown, known_in
from schedule import access
from schedule.enums import ActionOrigin
from schedule.history.snapshots import snapshot_of, version_now
from schedule.lessons import state_work
from schedule.lessons.delete import LessonBegun, delete_lessons
from schedule.lessons.deletion_work import DELETE_LESSONS, deleted_in_words
from schedule.lessons.forms import ToldForm
from schedule.lessons.meanwhile import Meanwhile, lessons_meanwhile
from schedule.lessons.pages import begun_is_not_deleted, told_in_words
from schedule.lessons.several import (
    BETWEEN,
    LESSONS_LISTED,
    NamedLesson,
    arguments_of,
    codes_sent,
    existing_codes,
    others_in_words,
    scope_of,
    sent_to_worker,
    sent_with,
    versions_sent,
)
from schedule.lessons.state_work import STATE_WORK, Left, LessonsAction
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import Lesson, LessonSnapshot, PlanningAction
from schedule.work.access import get_work_for
from schedule.work.kinds import WorkKind, is_long
from schedule.work.views import see_work
from schedule.work.writing import begin_work

# So many of those that are left as they are, are named.
LEFT_NAMED = 20


class PlainForm(forms.Form):
    """Asks nothing: what it confirms has no history, and nobody is told of it."""

    def action(self, **columns: Any) -> PlanningAction:
        return PlanningAction(**columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Something that is done to several lessons, and how the page that asks before says so."""

    # The page that asks, and by which it is done.
    page: str
    kind: WorkKind
    explanation: str | Promise
    button: str | Promise
    # Does it with the versions that the page showed, and returns those that are left as they are, and why.
    do: Callable[[Sequence[Lesson], PlanningAction, Mapping[int, str]], Sequence[Left]]
    done: Callable[[int], str]
    # What becomes of one of the lessons; none of a deleted one.
    becomes: Callable[[LessonSnapshot], LessonSnapshot | None]
    # Why some are left as they are, by key, and which others there is something to do to.
    leave: Callable[[Sequence[Lesson]], Mapping[int, str]] = lambda _lessons: {}
    concerns: Callable[[Lesson], bool] = lambda _lesson: True
    form: type[PlainForm] | type[ToldForm] = ToldForm
    is_grave: bool = False

    def heading(self, count: int) -> str:
        return _("%(title)s?") % {"title": self.kind.title({"count": count})}


def _delete(
    lessons: Sequence[Lesson], action: PlanningAction, known: Mapping[int, str]
) -> Sequence[Left]:
    delete_lessons(lessons, at=action.at, action=action, known=known)
    return ()


def _do_action(
    lessons_action: LessonsAction,
    lessons: Sequence[Lesson],
    action: PlanningAction,
    known: Mapping[int, str],
) -> Sequence[Left]:
    return lessons_action.do([lesson.pk for lesson in lessons], action=action, known=known)


def _becomes(lessons_action: LessonsAction, snapshot: LessonSnapshot) -> LessonSnapshot:
    return (
        snapshot
        if lessons_action.becomes is None
        else replace(snapshot, state=lessons_action.becomes)
    )


def _several(lessons_action: LessonsAction, **words: Any) -> Several:
    return Several(
        page=lessons_action.page,
        kind=STATE_WORK[lessons_action.name],
        do=partial(_do_action, lessons_action),
        done=lambda _count: str(lessons_action.done),
        becomes=partial(_becomes, lessons_action),
        leave=lessons_action.leave,
        concerns=lessons_action.concerns,
        **words,
    )


DELETE = Several(
    page="schedule:lessons_delete",
    kind=DELETE_LESSONS,
    explanation=gettext_lazy("They disappear from the timetable, with their rooms."),
    button=gettext_lazy("Delete them"),
    do=_delete,
    done=deleted_in_words,
    becomes=lambda _snapshot: None,
    is_grave=True,
)
PUBLISH = _several(
    state_work.PUBLISH,
    explanation=gettext_lazy("Everybody concerned sees them in their timetable."),
    button=gettext_lazy("Publish them"),
)
CANCEL = _several(
    state_work.CANCEL,
    explanation=gettext_lazy(
        "They stay in the timetable, marked as cancelled. Their rooms are closed, and everybody is free at that time."
    ),
    button=gettext_lazy("Cancel these lessons"),
    is_grave=True,
)
RESTORE = _several(
    state_work.RESTORE,
    explanation=gettext_lazy("They take place again, in new rooms."),
    button=gettext_lazy("Undo the cancellations"),
)
OPEN_ROOMS = _several(
    state_work.OPEN_ROOMS,
    explanation=gettext_lazy(
        "A class that has ended by mistake can be entered again until its planned end. Who is in a class that runs has to enter again."
    ),
    button=gettext_lazy("Open other rooms"),
    form=PlainForm,
)


def lessons_delete(request: SignedInRequest) -> HttpResponse:
    return _answer(request, DELETE)


def lessons_publish(request: SignedInRequest) -> HttpResponse:
    return _answer(request, PUBLISH)


def lessons_cancel(request: SignedInRequest) -> HttpResponse:
    return _answer(request, CANCEL)


def lessons_restore(request: SignedInRequest) -> HttpResponse:
    return _answer(request, RESTORE)


def lessons_open_rooms(request: SignedInRequest) -> HttpResponse:
    return _answer(request, OPEN_ROOMS)


def _answer(request: SignedInRequest, several: Several) -> HttpResponse:
    """Do it, or ask before; GET with `work` asks once more where a worker found that the lessons have changed."""
    if request.method != "POST" and "work" in request.GET:
        return _ask_after_work(request, several, request.GET["work"])
    return _do(request, several=several)


@require_post_or_explain("schedule:lessons", keeps_arguments=False)
def _do(request: SignedInRequest, *, several: Several) -> HttpResponse:
    """Do it to the lessons of these codes; without `confirmed` only ask."""
    access.require(request.user, Action.PLAN_LESSONS)
    codes = codes_sent(request.POST)
    form = several.form(request.POST if "confirmed" in request.POST else None)
    known = known_in(request.POST)
    if known and len(existing_codes(codes)) < len(set(codes)):
        return _ask_again(request, several, codes, known, form=form)
    if is_long(len(codes)) and form.is_valid():
        return _leave_to_worker(request, several, codes, known, form.action(by=request.user))
    lessons = access.get_lessons_to_plan(request.user, codes)
    if not form.is_valid():
        return ask(request, several, lessons, form=form, known=known, status=form_status(form))
    action = form.action(by=request.user, origin=ActionOrigin.PAGE)
    versions = versions_sent(lessons, codes, known)
    try:
        left = several.do(lessons, action, versions)
    except NotAsShown:
        return _ask_again(request, several, codes, known, form=form)
    except ChangedMeanwhile:
        messages.error(
            request, _("Nothing was done: others change these lessons just now. Try again.")
        )
        return see_other(_back(request))
    except LessonBegun as err:
        context = {"lesson": err.lesson, "may_reopen": False}
        error = begun_is_not_deleted(str(err.lesson))
        return render_error(request, "schedule/error.html", error, context)
    _say_what_was_done(request, several, len(lessons), left)
    return see_other(_back(request))


def _say_what_was_done(
    request: SignedInRequest, several: Several, count: int, left: Sequence[Left]
) -> None:
    for lesson, why in left[:LEFT_NAMED]:
        messages.warning(request, f"{lesson}: {why}")
    if others := len(left[LEFT_NAMED:]):
        messages.warning(request, others_in_words(others))
    messages.success(request, several.done(count))


def _back(request: SignedInRequest) -> str:
    return own_path(request.POST.get("next")) or reverse("schedule:lessons")


def _leave_to_worker(
    request: SignedInRequest,
    several: Several,
    codes: Sequence[str],
    known: str,
    action: PlanningAction,
) -> HttpResponse:
    access.require_lessons_to_plan(request.user, codes)
    work = begin_work(
        several.kind,
        by=request.user,
        scope=scope_of(codes),
        arguments=arguments_of(codes, action),
        row_count=len(codes),
        content=sent_to_worker(codes, known),
    )
    return see_work(request, work)


# --- Asking ---------------------------------------------------------------------------------------


def ask(
    request: SignedInRequest,
    several: Several,
    lessons: Sequence[Lesson],
    *,
    form: PlainForm | ToldForm | None = None,
    known: str = "",
    back: str = "",
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    """Ask before it is done to these lessons; `known`: their versions as the page showed them before."""
    snapshots = {lesson.pk: snapshot_of(lesson) for lesson in lessons}
    is_many = is_long(len(lessons))
    context = {
        "several": several,
        "action": reverse(several.page),
        "heading": several.heading(len(lessons)),
        "lessons": lessons,
        **_listed(lessons, is_many=is_many),
        **_outcome(several, lessons, snapshots),
        # A form of thousands of fields would be refused.
        "codes": BETWEEN.join(lesson.code for lesson in lessons) if is_many else "",
        "form": form or several.form(),
        "known": known or BETWEEN.join(snapshots[lesson.pk].version() for lesson in lessons),
        "back": back or _back(request),
        "meanwhile": meanwhile,
    }
    return render(request, "schedule/lessons_several.html", context, status=status)


def _outcome(
    several: Several, lessons: Sequence[Lesson], snapshots: Mapping[int, LessonSnapshot]
) -> dict[str, object]:
    """Say which of these lessons it leaves and why, and who is told of what it does to the others."""
    reasons = several.leave(lessons)
    left = [(lesson, reasons[lesson.pk]) for lesson in lessons if lesson.pk in reasons]
    going = [lesson for lesson in lessons if lesson.pk not in reasons and several.concerns(lesson)]
    pairs = [(snapshots[lesson.pk], several.becomes(snapshots[lesson.pk])) for lesson in going]
    return {
        "left": left[:LEFT_NAMED],
        "left_others": others_in_words(len(left[LEFT_NAMED:])) if left[LEFT_NAMED:] else "",
        "untouched": _untouched_in_words(len(lessons) - len(left) - len(going)),
        "can_be_done": bool(going),
        "told": told_in_words(*pairs, at=timezone.now()) if pairs and _tells(several) else "",
    }


def _tells(several: Several) -> bool:
    return several.form is ToldForm


def _listed(lessons: Sequence[Lesson], *, is_many: bool) -> dict[str, object]:
    listed = lessons[:LESSONS_LISTED] if is_many else lessons
    others = len(lessons) - len(listed)
    rows = [NamedLesson(lesson) for lesson in listed]
    return {"listed": rows, "others": others_in_words(others) if others else ""}


def _untouched_in_words(count: int) -> str:
    if not count:
        return ""
    text = ngettext(
        "%(count)s of them is so already, and stays as it is.",
        "%(count)s of them are so already, and stay as they are.",
        count,
    )
    return text % {"count": count}


def _ask_after_work(request: SignedInRequest, several: Several, code: str) -> HttpResponse:
    """Ask once more about lessons that have changed before the worker came to them.

    Raises:
        Http404: there is no such work, it is somebody else's, or it does something else.
    """
    work = get_work_for(request.user, code)
    if work.kind != several.kind.name:
        raise Http404
    codes, known = sent_with(work)
    return _ask_again(request, several, codes, known, status=200)


def _ask_again(
    request: SignedInRequest,
    several: Several,
    codes: Sequence[str],
    known: str,
    *,
    form: PlainForm | ToldForm | None = None,
    status: int = CONFLICT,
) -> HttpResponse:
    """Ask once more about those that are still there, and say what has become of them since they were shown."""
    remaining = existing_codes(codes)
    if not remaining:
        messages.info(request, _("This is done already: nothing is left to do."))
        return see_other(_back(request))
    lessons_now = access.get_lessons_to_plan(request.user, remaining)
    versions = versions_sent(lessons_now, codes, known)
    changed = [
        (lesson, versions[lesson.pk])
        for lesson in lessons_now
        if not is_as_shown(versions.get(lesson.pk, ""), version_now(lesson))
    ]
    advice = _("Nothing was done. They are shown below as they are now.")
    meanwhile = lessons_meanwhile(changed, advice=advice)
    return ask(request, several, lessons_now, form=form, meanwhile=meanwhile, status=status)
