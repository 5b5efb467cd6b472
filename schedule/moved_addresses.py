"""Addresses of the administration that lead to pages of planners: bookmarks, and notices that are kept, still have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.database import INT64
from edu_platform.lib.http import with_query
from schedule import access
from schedule.models import ClassGroup, Course, Lesson, LessonChange, PlanningAction

# Filters by their names there and on the page; the others named rows by their keys.
LESSON_FILTERS = {
    "q": "q",
    "day": "day",
    "trouble": "trouble",
    "state__exact": "state",
    "room_type__exact": "room_type",
}
CHANGE_FILTERS = {
    "q": "q",
    "kind": "kind",
    "action__origin__exact": "origin",
    "origin__exact": "origin",
}


@require_safe
def list_of(request: SignedInRequest, name: str, action: Action) -> HttpResponse:
    """Lead to a list, or to the form of something new."""
    access.require(request.user, action)
    return redirect(name)


@require_safe
def class_group(request: SignedInRequest, key: int, page: str) -> HttpResponse:
    """Lead to the page of a class group, from whatever was done to it there (`page`)."""
    code = _code_of(request, ClassGroup.objects.all(), key, "code", Action.MANAGE_PEOPLE)
    return redirect("class_groups:class_group", code)


@require_safe
def course(request: SignedInRequest, key: int, page: str) -> HttpResponse:
    """Lead to the page of a course, from whatever was done to it there (`page`)."""
    return redirect("courses:course", _code_of(request, Course.objects.all(), key, "code"))


def _filtered(request: SignedInRequest, name: str, names: Mapping[str, str]) -> HttpResponse:
    access.require(request.user, Action.PLAN_LESSONS)
    query = {new: request.GET[old] for old, new in names.items() if request.GET.get(old)}
    return redirect(with_query(reverse(name), query))


@require_safe
def lessons(request: SignedInRequest) -> HttpResponse:
    return _filtered(request, "schedule:lessons", LESSON_FILTERS)


@require_safe
def changes(request: SignedInRequest) -> HttpResponse:
    return _filtered(request, "schedule:timetable_changes", CHANGE_FILTERS)


@require_safe
def lesson(request: SignedInRequest, key: int, page: str) -> HttpResponse:
    """Lead to a page about one lesson."""
    return redirect(f"schedule:{page}", _code_of(request, Lesson.objects.all(), key, "code"))


@require_safe
def change_of_lesson(request: SignedInRequest, key: int) -> HttpResponse:
    code = _code_of(request, LessonChange.objects.all(), key, "lesson_code")
    return redirect("schedule:lesson_changes", code)


@require_safe
def change(request: SignedInRequest, key: int) -> HttpResponse:
    return redirect(
        "schedule:timetable_change", _code_of(request, PlanningAction.objects.all(), key, "code")
    )


def _code_of(
    request: SignedInRequest,
    rows: QuerySet[Any],
    key: int,
    column: str,
    action: Action = Action.PLAN_LESSONS,
) -> str:
    """Return by which code the pages name a row.

    Raises:
        Http404: there is none, or the person may not.
    """
    access.require(request.user, action)
    code = rows.filter(pk=key).values_list(column, flat=True).first() if key in INT64 else None
    if code is None:
        raise Http404
    return str(code)


PLAN, PEOPLE = {"action": Action.PLAN_LESSONS}, {"action": Action.MANAGE_PEOPLE}
MOVED: tuple[tuple[str, Callable[..., HttpResponse], dict[str, Any]], ...] = (
    ("lesson/", lessons, {}),
    ("lesson/add/", list_of, {"name": "schedule:lesson_new", **PLAN}),
    ("lesson/<int:key>/change/", lesson, {"page": "lesson_change"}),
    ("lesson/<int:key>/delete/", lesson, {"page": "lesson_delete"}),
    ("lesson/<int:key>/history/", lesson, {"page": "lesson_changes"}),
    ("lessonchange/", changes, {}),
    ("lessonchange/<int:key>/change/", change_of_lesson, {}),
    ("planningaction/", changes, {}),
    ("planningaction/<int:key>/change/", change, {}),
    ("classgroup/", list_of, {"name": "class_groups:class_groups", **PEOPLE}),
    ("classgroup/add/", list_of, {"name": "class_groups:new", **PEOPLE}),
    ("classgroup/<int:key>/<slug:page>/", class_group, {}),
    ("course/", list_of, {"name": "courses:courses", **PLAN}),
    ("course/add/", list_of, {"name": "courses:new", **PLAN}),
    ("course/<int:key>/<slug:page>/", course, {}),
)
IMPORTS = (
    ("people", "classgroup/import-people/"),
    ("people_template", "classgroup/import-people/template.xlsx"),
    ("people_preview", "classgroup/import-people/preview/<slug:code>/"),
    ("lessons", "lesson/import/"),
    ("lessons_template", "lesson/import/template.xlsx"),
    ("lessons_preview", "lesson/import/preview/<slug:code>/"),
)
# Who may not open the administration is turned away there as by all of it.
urlpatterns = [
    *(path(route, admin.site.admin_view(view), arguments) for route, view, arguments in MOVED),
    *(
        path(route, admin.site.admin_view(RedirectView.as_view(pattern_name=f"imports:{name}")))
        for name, route in IMPORTS
    ),
]
