"""The rules of a course: on its page, and the page that changes them."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings
from attendance.access import get_course_to_rule
from attendance.counting.school_rules import school_rules
from attendance.course_rules.forms import CourseRulesForm
from attendance.course_rules.writing import set_rules, version_of_rules
from attendance.models import CourseRules
from attendance.state_words import rules_in_words
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.hooks import Panel
from schedule.models import Course

# On a course's page: below courseware.
PANEL_ORDER = 40


@require_http_methods(READ_AND_WRITE)
def course_rules(request: SignedInRequest, code: str) -> HttpResponse:
    """Show and change by which rules the lessons to come of a course are counted."""
    course = get_course_to_rule(request.user, code)
    rules = _rules_of(course)
    data = request.POST if request.method == "POST" else None
    form = CourseRulesForm(data, rules=rules, school=school_rules(SchoolSettings.load()))
    if not form.is_valid():
        return _page(request, course, form, rules, status=form_status(form))
    try:
        is_new = set_rules(course, form.values, known=known_in(request.POST), by=request.user)
    except Course.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown as err:
        return _page(request, course, form, err.now, is_changed=True, status=CONFLICT)
    if is_new:
        messages.success(request, _("The rules of the course were changed."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("courses:course", args=[course.code]))


def _rules_of(course: Course) -> CourseRules | None:
    return CourseRules.objects.filter(course=course).first()


def _page(
    request: SignedInRequest,
    course: Course,
    form: CourseRulesForm,
    rules: CourseRules | None,
    *,
    is_changed: bool = False,
    status: int,
) -> HttpResponse:
    context = {
        "course": course,
        "form": form,
        "known": version_of_rules(rules),
        "is_changed": is_changed,
    }
    return render(request, "attendance/course_rules.html", context, status=status)


def course_rules_panel(course: Course) -> Panel:
    """Show by which rules the lessons of a course are counted."""
    own = _rules_of(course)
    rules = school_rules(SchoolSettings.load())
    if own is not None:
        rules = own.instead_of(rules)
    content = {
        "course": course,
        "has_own": own is not None,
        "rules": rules_in_words(rules),
    }
    return Panel("attendance/_course_panel.html", content, is_kept=own is not None)
