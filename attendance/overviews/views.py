"""Overviews of attendance: one's own, a student's and a class group's over a term, on pages, on paper and as a file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.enums import Role
from attendance import access
from attendance.overviews.class_sheets import class_file, class_file_name
from attendance.overviews.class_terms import ClassTerm, class_term
from attendance.overviews.pages import as_addresses, lesson_columns, term_choices, term_page
from attendance.overviews.person_terms import PersonTerm, person_term
from attendance.overviews.spans import span_of
from edu_platform.lib.http import file_response, with_query
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE

# So many columns fit on a sheet of paper.
LESSONS_A_SHEET = 36


# --- People -----------------------------------------------------------------------------------------


@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    user = request.user
    span = span_of(request.GET.get("term", ""), today=timezone.localdate())
    context = {
        "class_groups": access.class_groups_seen_by(user),
        "sees_all": access.sees_all_attendance(user),
        "may_export": access.may_export(user),
        "month": f"{timezone.localdate():%Y-%m}",
        **_person_context(request, person_term(user, span), reverse("attendance:own")),
    }
    return render(request, "attendance/own.html", context)


@require_safe
def person(request: SignedInRequest, code: str) -> HttpResponse:
    seen = access.get_student_for(request.user, code)
    span = span_of(request.GET.get("term", ""), today=timezone.localdate())
    term = person_term(seen.student, span, in_class_groups=seen.in_class_groups)
    context = {
        "person": seen.student,
        "in_class_groups": seen.in_class_groups,
        **_person_context(request, term, reverse("attendance:person", args=[code])),
    }
    return render(request, "attendance/person.html", context)


def _person_context(request: SignedInRequest, term: PersonTerm, path: str) -> dict[str, Any]:
    teaches = request.user.has_role(Role.TEACHER)
    return {
        "term": term,
        "terms": term_choices(term.span),
        "list": term_page(term, request.GET, path=path, teaches_first=teaches),
        "addresses": as_addresses(term, path),
        "path": path,
    }


# --- Class groups -----------------------------------------------------------------------------------


@require_safe
def class_group(request: SignedInRequest, code: str) -> HttpResponse:
    term = _class_term(request, code)
    path = reverse("attendance:class_group", args=[code])
    context = {
        **_class_context(term),
        "columns": lesson_columns(term, request.GET, path=path),
        "path": path,
        "xlsx_url": _with_choice("attendance:class_group_xlsx", term),
        "print_url": _with_choice("attendance:class_group_print", term),
    }
    return render(request, "attendance/class_group.html", context)


@require_safe
def class_group_print(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the same on paper, as many sheets beside each other as its lessons take."""
    term = _class_term(request, code)
    sheets = [
        term.lessons[first : first + LESSONS_A_SHEET]
        for first in range(0, len(term.lessons), LESSONS_A_SHEET)
    ]
    context = {
        **_class_context(term),
        "sheets": sheets,
        "back_url": _with_choice("attendance:class_group", term),
    }
    return render(request, "attendance/class_group_print.html", context)


@require_GET
def class_group_xlsx(request: SignedInRequest, code: str) -> HttpResponse:
    """Answer with the same as a file; a whole term of a class group takes less than a second."""
    term = _class_term(request, code)
    return file_response(class_file(term), name=class_file_name(term), content_type=XLSX_TYPE)


def _class_term(request: SignedInRequest, code: str) -> ClassTerm:
    group = access.get_class_group_for(request.user, code)
    span = span_of(request.GET.get("term", ""), today=timezone.localdate())
    return class_term(group, span, course=request.GET.get("course", ""))


def _class_context(term: ClassTerm) -> dict[str, Any]:
    return {"term": term, "class_group": term.class_group, "terms": term_choices(term.span)}


def _with_choice(name: str, term: ClassTerm) -> str:
    return with_query(reverse(name, args=[term.class_group.code]), term.query)
