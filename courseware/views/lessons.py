"""Courseware of one lesson: chosen, put in order, released, taken out."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from courseware import access
from courseware.forms.lessons import BindForm, ChoicesForm, CodeForm, MoveForm, SearchForm
from courseware.models import Binding, Courseware
from courseware.selectors import lessons
from courseware.selectors.lessons import BoundRow, bound_row
from courseware.services import binding as binding_services
from courseware.services import course_binding
from courseware.services.binding import CoursewareGone, LessonGone
from edu_platform.lib.formatting import listed
from edu_platform.lib.http import require_post_or_explain, see_other
from schedule.access import get_lesson_for
from schedule.models import Lesson


@require_safe
def lesson(request: SignedInRequest, code: str) -> HttpResponse:
    found = _lesson(request, code)
    search = SearchForm(request.GET)
    context = {
        "lesson": found,
        "rows": _rows(request, found),
        "search_form": search,
        "q": search.words(),
        "offer": lessons.offer_for(request.user, found, q=search.words(), at=timezone.now()),
        "bind_form": BindForm(),
        "is_for_all_teachers": access.may_bind_for_all_teachers(request.user),
        "may_upload": access.may_upload(request.user),
        "is_over": found.ends_at <= timezone.now(),
    }
    return render(request, "courseware/lesson.html", context)


@require_post_or_explain("courseware:lesson")
def bind(request: SignedInRequest, code: str) -> HttpResponse:
    found = _lesson(request, code)
    form = BindForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose what to add."))
        return _back(found)
    # All are looked for before any is added.
    chosen = [access.get_bindable_for(request.user, code) for code in form.cleaned_data["code"]]
    unready = [courseware.name for courseware in chosen if not courseware.is_ready]
    if unready:
        messages.error(
            request,
            _("Nothing was added. Not ready yet: %(name)s") % {"name": listed(unready)},
        )
        return _back(found)
    for courseware in chosen:
        try:
            _add(request, found, courseware, form)
        except (LessonGone, CoursewareGone) as err:
            raise Http404 from err  # deleted meanwhile
    names = listed(courseware.name for courseware in chosen)
    messages.success(request, _("Added: %(name)s") % {"name": names})
    return _back(found)


def _add(request: SignedInRequest, found: Lesson, courseware: Courseware, form: BindForm) -> None:
    choices = {name: form.cleaned_data[name] for name in ("is_shown_at_once", "release")}
    if form.is_for_course:
        course_binding.bind_to_course(
            courseware=courseware,
            course=found.course,
            teacher=None if access.may_bind_for_all_teachers(request.user) else request.user,
            at=timezone.now(),
            **choices,
        )
    else:
        binding_services.bind(courseware=courseware, lesson=found, **choices)


@require_post_or_explain("courseware:lesson")
def change(request: SignedInRequest, code: str) -> HttpResponse:
    found = _lesson(request, code)
    binding = _binding(request, found)
    form = ChoicesForm(request.POST)
    if form.is_valid():
        binding_services.change_binding(
            binding,
            is_shown_at_once=form.cleaned_data["is_shown_at_once"],
            release=form.cleaned_data["release"],
            at=timezone.now(),
        )
        messages.success(request, _("Saved: %(name)s") % {"name": binding.courseware.name})
    return _back(found)


@require_post_or_explain("courseware:lesson")
def move(request: SignedInRequest, code: str) -> HttpResponse:
    """Move one piece of courseware a place up or down."""
    found = _lesson(request, code)
    binding = _binding(request, found)
    form = MoveForm(request.POST)
    if form.is_valid():
        is_up = form.cleaned_data["direction"] == MoveForm.UP
        binding_services.move(binding, by=-1 if is_up else 1)
    return _back(found)


@require_post_or_explain("courseware:lesson")
def remove(request: SignedInRequest, code: str) -> HttpResponse:
    """Take courseware out of this lesson; what came from the course stays in the others."""
    found = _lesson(request, code)
    binding = _binding(request, found)
    binding_services.unbind(binding, at=timezone.now())
    messages.success(request, _("Taken out: %(name)s") % {"name": binding.courseware.name})
    return _back(found)


@require_post_or_explain("courseware:lesson")
def remove_from_course(request: SignedInRequest, code: str) -> HttpResponse:
    """Take courseware out of the course, and so out of all its coming lessons."""
    found = _lesson(request, code)
    binding = _binding(request, found)
    changeable = access.course_bindings_for(request.user, found)
    brought = list(changeable.filter(courseware=binding.courseware_id))
    if not brought:
        raise Http404
    course_binding.unbind_from_course(brought, at=timezone.now())
    name = {"name": binding.courseware.name}
    if lessons.bindings_of(found.pk).filter(courseware=binding.courseware_id).exists():
        messages.warning(
            request,
            _("%(name)s is out of the course as far as it is yours, and stays in this lesson.")
            % name,
        )
    else:
        messages.success(request, _("Taken out: %(name)s") % name)
    return _back(found)


@dataclass(frozen=True, slots=True)
class EditableRow:
    bound: BoundRow
    form: ChoicesForm
    # The person may take it out of the whole course.
    may_leave_course: bool


def _rows(request: SignedInRequest, found: Lesson) -> list[EditableRow]:
    now = timezone.now()
    changeable = access.course_bindings_for(request.user, found)
    brought = set(changeable.values_list("courseware", flat=True))
    return [
        EditableRow(
            bound=bound_row(binding, now),
            form=ChoicesForm(
                initial={
                    "is_shown_at_once": binding.is_shown_at_once,
                    "release": binding.release,
                },
                auto_id=f"{binding.courseware.code}_%s",
            ),
            may_leave_course=binding.is_from_course and binding.courseware_id in brought,
        )
        for binding in lessons.bindings_of(found.pk)
    ]


def _lesson(request: SignedInRequest, code: str) -> Lesson:
    return get_lesson_for(request.user, code, Action.BIND_COURSEWARE)


def _binding(request: SignedInRequest, found: Lesson) -> Binding:
    return access.get_binding_of(found, CodeForm(request.POST).code_or_none() or "")


def _back(found: Lesson) -> HttpResponse:
    return see_other(reverse("courseware:lesson", args=[found.code]))
