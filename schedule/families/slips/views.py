"""Pages on which links for all families of class groups are printed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import (
    READ_AND_WRITE,
    UNPROCESSABLE,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.text import storable_text
from schedule.access import require
from schedule.class_groups.lists import student_counts
from schedule.families.managing.access import class_groups_managed, get_class_group, manages_all
from schedule.families.slips.printing import (
    close,
    open_prints,
    preview_of,
    shown_until,
    slips_of,
    students_by_group,
)
from schedule.families.slips.work import ask_to_print
from schedule.hooks import PageLink
from schedule.models import ClassGroup, FamilySlips
from schedule.work.views import see_work


@require_http_methods(READ_AND_WRITE)
def slips(request: SignedInRequest, code: str) -> HttpResponse:
    """Say what printing does in a class group, and begin it on POST; for staff."""
    require(request.user, Action.MANAGE_PEOPLE)
    return _class_group_page(request, get_class_group(request.user, code))


@require_http_methods(READ_AND_WRITE)
def own_slips(request: SignedInRequest, code: str) -> HttpResponse:
    """Say and begin the same for a class teacher, below their own page of the class group."""
    return _class_group_page(request, get_class_group(request.user, code))


def _class_group_page(request: SignedInRequest, class_group: ClassGroup) -> HttpResponse:
    students, at = students_by_group([class_group])[class_group.pk], timezone.now()
    if request.method == "POST" and students:
        return see_work(request, ask_to_print([class_group], by=request.user))
    mine = None if manages_all(request.user) else request.user
    prints = [row for row in open_prints(mine, at=at) if row.class_group_id == class_group.pk]
    context = {
        "class_group": class_group,
        "preview": preview_of(students),
        "prints": prints,
        "back": _page_of(request.user, class_group),
    }
    status = UNPROCESSABLE if request.method == "POST" else 200
    return render(request, "schedule/family_slips.html", context, status=status)


def _page_of(user: User, class_group: ClassGroup) -> PageLink:
    name = "class_groups:class_group" if manages_all(user) else "schedule:class_group"
    return PageLink(reverse(name, args=[class_group.code]), class_group.name)


@require_http_methods(READ_AND_WRITE)
def several(request: SignedInRequest) -> HttpResponse:
    """Offer the class groups of the school to print for, and what was printed lately; for staff."""
    require(request.user, Action.MANAGE_PEOPLE)
    groups, fault = list(class_groups_managed(request.user).order_by("name_key", "pk")), ""
    chosen = {storable_text(code) for code in request.POST.getlist("code")}
    if request.method == "POST":
        wanted = [group for group in groups if group.code in chosen]
        if len(wanted) != len(chosen):
            raise Http404
        if any(students_by_group(wanted).values()):
            return see_work(request, ask_to_print(wanted, by=request.user))
        fault = _("Choose at least one class group with students.")
    return _several_page(request, groups, chosen, fault=fault)


def _several_page(
    request: SignedInRequest, groups: Sequence[ClassGroup], chosen: Collection[str], *, fault: str
) -> HttpResponse:
    counts = student_counts([group.pk for group in groups], today=timezone.localdate())
    context = {
        "rows": [(group, counts[group.pk]) for group in groups if counts.get(group.pk)],
        "chosen": chosen,
        "prints": open_prints(None, at=timezone.now()),
        "fault": fault,
    }
    status = UNPROCESSABLE if fault else 200
    return render(request, "schedule/family_slips_of_several.html", context, status=status)


# --- The slips themselves -------------------------------------------------------------------------


def _get_slips(user: User, code: str) -> FamilySlips:
    """Return the print of this code, for who made it and still looks after its class group, and for staff.

    Raises:
        Http404: there is none, or not for this person.
    """
    rows = FamilySlips.objects.select_related("class_group", "printed_by")
    made = rows.filter(code=storable_text(code)).first()
    if made is None:
        raise Http404
    if not manages_all(user):
        is_own = made.printed_by_id == user.pk
        if not is_own or not class_groups_managed(user).filter(pk=made.class_group_id).exists():
            raise Http404
    return made


@require_safe
def sheets(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the slips of a print to be printed and cut, as long as they are kept."""
    made = _get_slips(request.user, code)
    shown = slips_of(made, at=timezone.now())
    name = "family_links:slips" if manages_all(request.user) else "family_links:own_slips"
    context = {
        "made": made,
        "slips": shown,
        "until": shown_until(made),
        # Whatever the language of who prints: families read that of the school.
        "slip_language": settings.LANGUAGE_CODE,
        "again": reverse(name, args=[made.class_group.code]),
    }
    response = render(request, "schedule/family_sheets.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_post_or_explain("family_links:sheets")
def done(request: SignedInRequest, code: str) -> HttpResponse:
    """Close a print: its slips are on paper."""
    made = _get_slips(request.user, code)
    close(FamilySlips.objects.filter(pk=made.pk))
    messages.success(
        request, _("Closed: the slips are on paper, and nobody can show them here again.")
    )
    return see_other(reverse("family_links:sheets", args=[code]))
