"""Changes by mail: the page on which a family leaves its address, and the two to which mails lead."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.models import SchoolSettings, User
from edu_platform.lib.http import READ_AND_WRITE, form_status, see_other, with_query
from schedule.families.access import Family, LinkNotFound, family_of
from schedule.families.mailing.addresses import (
    ASKS_AT_MOST,
    DAILY_HOUR,
    TooManyAsks,
    address_of,
    confirm_address,
    end_address,
    find_to_confirm,
    find_to_stop,
    leave_address,
    stop_token,
)
from schedule.families.mailing.forms import MailForm, initial_of
from schedule.families.visiting import about_child, for_families, page_address
from schedule.hooks import Panel
from schedule.models import FamilyAddress, FamilyLink

# The head of the section in its template.
MAIL_SECTION = "family-mail"

# --- On the page of the family --------------------------------------------------------------------


def mail_section(
    child: User, link: FamilyLink, token: str, _school: SchoolSettings, _at: dt.datetime
) -> Panel | None:
    """Say where changes are mailed, and lead to the form; one query, none where no mail is sent."""
    if not settings.SENDS_MAIL:
        return None
    content = {"mail": address_of(link), "hour": DAILY_HOUR, "form_address": _form(token, child)}
    return Panel("schedule/families/_mail_section.html", content)


def _form(token: str, child: User) -> str:
    return about_child(reverse("family_mails:mail", args=[token]), child)


def _page(token: str, child: User) -> str:
    return about_child(page_address(token), child)


def _section(token: str, child: User) -> str:
    """Return where the page says what became of the wish: far below what a phone shows at first."""
    return f"{_page(token, child)}#{MAIL_SECTION}"


@for_families
@require_http_methods(READ_AND_WRITE)
def mail(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form, take the family's wish, or forget the address."""
    family = family_of(request, token)
    if not settings.SENDS_MAIL:
        raise Http404
    address = address_of(family.link)
    if request.method != "POST":
        return _mail_page(request, token, family, address, MailForm(initial=initial_of(address)))
    if request.POST.get("end"):
        if address is not None:
            end_address(address, at=timezone.now())
        return see_other(_section(token, family.child))
    return _take_wish(request, token, family, address)


def _take_wish(
    request: HttpRequest, token: str, family: Family, address: FamilyAddress | None
) -> HttpResponse:
    form = MailForm(request.POST)
    if not form.is_valid():
        return _mail_page(request, token, family, address, form)
    try:
        leave_address(family.link, form.wish(), at=timezone.now())
    except TooManyAsks:
        refusal = _(
            "%(count)s mails have asked for a confirmation within a day: look for them, also among spam, or try again tomorrow."
        )
        form.add_error("email", refusal % {"count": ASKS_AT_MOST})
        return _mail_page(request, token, family, address, form)
    return see_other(_section(token, family.child))


def _mail_page(
    request: HttpRequest,
    token: str,
    family: Family,
    address: FamilyAddress | None,
    form: MailForm,
) -> HttpResponse:
    context = {
        "form": form,
        "mail": address,
        "hour": DAILY_HOUR,
        "page": _page(token, family.child),
        "form_address": _form(token, family.child),
        "child": family.child,
    }
    return render(request, "schedule/families/mail.html", context, status=form_status(form))


# --- Where mails lead -----------------------------------------------------------------------------


@for_families
@require_http_methods(READ_AND_WRITE)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button, which confirms the address: programs that look at links in mails change nothing."""
    at = timezone.now()
    address = find_to_confirm(token, at=at)
    if address is None:
        raise LinkNotFound
    if request.method != "POST":
        return render(request, "schedule/families/mail_confirm.html", {"mail": address})
    confirm_address(address, at=at)
    return see_other(
        with_query(reverse("family_mails:stop", args=[stop_token(address)]), {"confirmed": "1"})
    )


@for_families
@require_http_methods(READ_AND_WRITE)
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Say what is mailed, with a button that ends it, which mail programs press as well (RFC 8058)."""
    address = find_to_stop(token)
    if request.method == "POST" and address is not None:
        end_address(address, at=timezone.now())
        address = None
    context = {"mail": address, "hour": DAILY_HOUR, "is_new": "confirmed" in request.GET}
    return render(request, "schedule/families/mail_stop.html", context)
