"""Planners' pages of courses: the list, one with what is bound to it, new, changed, deleted."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.paging import PageForm
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.access import require
from schedule.courses import writing
from schedule.courses.access import get_course_for
from schedule.courses.colours import colour_of
from schedule.courses.forms import CourseForm
from schedule.courses.lists import CourseFilterForm, colour_in_words, course_list, use_of
from schedule.hooks import course_panels
from schedule.lessons.meanwhile import Meanwhile, saving_overwrites
from schedule.models import Course

HERE = "schedule/courses"


@require_safe
def courses(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.PLAN_LESSONS)
    form, path = CourseFilterForm(request.GET), reverse("courses:courses")
    filters = form.filters()
    found = course_list(filters, PageForm(request.GET), path=path, at=timezone.now())
    context = {"found": found, "filters": filters, "filter_form": form}
    return render(request, f"{HERE}/list.html", context)


@require_safe
def course(request: SignedInRequest, code: str) -> HttpResponse:
    course = get_course_for(request.user, code)
    context = {
        "course": course,
        "colour": int(colour_of(course.name, course.colour)),
        "colour_in_words": colour_in_words(course),
        "use": use_of(course, at=timezone.now()),
        "panels": course_panels(course),
    }
    return render(request, f"{HERE}/course.html", context)


def page_of(course: Course) -> str:
    return reverse("courses:course", args=[course.code])


@require_http_methods(READ_AND_WRITE)
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.PLAN_LESSONS)
    form = CourseForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, None, status=form_status(form))
    try:
        made = writing.create_course(**form.cleaned_data, by=request.user)
    except writing.CourseTaken as err:
        form.refuse(err.field)
        return _form_page(request, form, None, status=CONFLICT)
    messages.success(request, _("The course was made."))
    return see_other(page_of(made))


@require_http_methods(READ_AND_WRITE)
def change(request: SignedInRequest, code: str) -> HttpResponse:
    course = get_course_for(request.user, code)
    form = CourseForm(request.POST if request.method == "POST" else None, course=course)
    known = known_in(request.POST)
    if not form.is_valid():
        return _form_page(request, form, course, known=known, status=form_status(form))
    try:
        changed = writing.change_course(course, **form.cleaned_data, known=known, by=request.user)
    except Course.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown as err:
        meanwhile = _changed_meanwhile(err.now)
        return _form_page(request, form, err.now, meanwhile=meanwhile, status=CONFLICT)
    except writing.CourseTaken as err:
        form.refuse(err.field)
        return _form_page(request, form, course, known=known, status=CONFLICT)
    if changed is None:
        messages.info(request, _("Nothing was changed."))
    else:
        messages.success(request, _("The course was changed."))
    return see_other(page_of(changed or course))


def _changed_meanwhile(now: Course) -> Meanwhile:
    said = _(
        "The course has changed since you opened this page: it is “%(name)s” now, its colour %(colour)s, its code %(code)s."
    )
    values = {"name": now.name, "colour": colour_in_words(now), "code": now.code}
    return Meanwhile(said=said % values, advice=saving_overwrites())


def _form_page(
    request: SignedInRequest,
    form: CourseForm,
    course: Course | None,
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    """Render the form; `known` is the version that it showed before, where its page shows no other one now."""
    version = "" if course is None else writing.version_of_course(course)
    context = {
        "form": form,
        "name": course.name if course else "",
        "title": _("Name and colour") if course else _("New course"),
        "list_title": _("Courses"),
        "known": known or version,
        "meanwhile": meanwhile,
        "back": reverse("courses:courses") if course is None else page_of(course),
    }
    return render(request, "schedule/name_form.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def delete(request: SignedInRequest, code: str) -> HttpResponse:
    """Say what keeps a course, or what goes with it; delete it on POST."""
    course = get_course_for(request.user, code)
    if request.method != "POST":
        return _deletion_page(request, course)
    try:
        writing.delete_course(course, by=request.user)
    except ProtectedError:
        return _deletion_page(request, course, status=CONFLICT)
    messages.success(request, _("%(name)s was deleted.") % {"name": course.name})
    return see_other(reverse("courses:courses"))


def _deletion_page(request: SignedInRequest, course: Course, *, status: int = 200) -> HttpResponse:
    context = {
        "course": course,
        "use": use_of(course, at=timezone.now()),
        "panels": [panel for panel in course_panels(course) if panel.is_kept],
    }
    return render(request, f"{HERE}/delete.html", context, status=status)
