"""Closing the account of a person, with what they leave behind shown first; and opening it again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.services.leaving import deactivate_people, leaving_notes, reactivate_people
from accounts.services.people import LastSuperuserStays
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    require_post_or_explain,
    see_other,
    with_query,
)
from edu_platform.lib.paging import PageForm, pager_of
from schedule.people.actions import person_to_change
from schedule.people.asking import is_confirmed
from schedule.people.person_page import lessons_to_come, terms_with
from schedule.people.views import person_address

PAGE_SIZE = 20


@require_http_methods(READ_AND_WRITE)
def deactivate(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what somebody leaves behind, and close their account once that is confirmed (`confirm=1`)."""
    person = person_to_change(request, code)
    if person.pk == request.user.pk:
        messages.error(request, _("Nobody deactivates their own account."))
        return see_other(person_address(person))
    if not person.is_active:
        messages.info(request, _("This account is deactivated already."))
        return see_other(person_address(person))
    if request.method != "POST" or not is_confirmed(request):
        return _ask(request, person)
    try:
        deactivate_people([person], by=request.user)
    except LastSuperuserStays:
        messages.error(request, _("The last superuser cannot be demoted or deactivated."))
        return see_other(person_address(person))
    sentence = _("%(person)s can no longer sign in, and is signed out everywhere.")
    messages.success(request, sentence % {"person": person.display_name})
    return see_other(person_address(person))


def _ask(request: SignedInRequest, person: User) -> HttpResponse:
    at, pages = timezone.now(), PageForm(request.GET)
    lessons = lessons_to_come(person, at).select_related("course")
    paginator = Paginator(
        lessons.prefetch_related("class_groups").in_page_order(), pages.size(PAGE_SIZE)
    )
    page = paginator.get_page(pages.page_number())
    path = reverse("people:deactivate", args=[person.code])
    context = {
        "person": person,
        "title": _title(person, paginator.count),
        "lessons": page,
        "pager": pager_of(page, path=path, query={}, usual_size=PAGE_SIZE),
        "terms": _terms_of(person),
        "notes": leaving_notes(person, at),
    }
    # A press of the button is answered by what stands in the way, where anything does.
    status = CONFLICT if request.method == "POST" and paginator.count else 200
    return render(request, "people/deactivate.html", context, status=status)


def _title(person: User, count: int) -> str:
    if not count:
        return _("Deactivate the account of %(name)s?") % {"name": person.display_name}
    text = ngettext(
        "%(name)s has %(count)s lesson to come", "%(name)s has %(count)s lessons to come", count
    )
    return text % {"name": person.display_name, "count": count}


def _terms_of(person: User) -> list[dict[str, Any]]:
    """Return the terms in which somebody has weekly lessons still, with the page that gives these to another one."""
    query = {"teacher": person.username}
    return [
        {
            "name": term.name,
            "address": with_query(reverse("schedule:term_from", args=[term.code]), query),
        }
        for term in terms_with(person, timezone.localdate())
    ]


@require_post_or_explain("people:person")
def reactivate(request: SignedInRequest, code: str) -> HttpResponse:
    person = person_to_change(request, code)
    reactivate_people([person], by=request.user)
    sentence = _(
        "%(person)s can sign in again. What ended with the account stays ended: calendar address, links to replays and hours on duty are made anew, and courseware stays the school's."
    )
    messages.success(request, sentence % {"person": person.display_name})
    return see_other(person_address(person))
