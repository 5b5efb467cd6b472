"""Ways to sign in for people who have none: start passwords, shown once as slips, and a link by mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.enums import LinkMail, PasswordRefusal
from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    as_xlsx,
    give_start_passwords,
    make_start_passwords,
    refusal_among_many,
    sign_in_address,
)
from accounts.sign_in.password_mails import mail_link_now
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    file_response,
    require_post_or_explain,
    see_other,
    with_query,
)
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.versions import is_as_shown, known_in, version_of
from schedule.people.access import require_people
from schedule.people.actions import person_to_change
from schedule.people.filters import FilterForm, Filters
from schedule.people.reading import people_of
from schedule.people.views import person_address

# At once, while a person waits: each takes a few hundredths of a second to make.
PASSWORDS_AT_ONCE = 500
# So many of those who get one are named before.
NAMED_AT_MOST = 30

Refused = Sequence[tuple[User, PasswordRefusal]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Ask before many start passwords are made, which nobody sees again."""

    filters: Filters
    chosen: Sequence[User]
    refused: Refused
    back: str
    known: str


@require_post_or_explain("people:person")
def one(request: SignedInRequest, code: str) -> HttpResponse:
    """Give a start password, and show it this once."""
    person = person_to_change(request, code)
    if not person.is_active:
        messages.error(request, _("The account is deactivated: activate it first."))
        return see_other(person_address(person))
    given = make_start_passwords([person])
    give_start_passwords(given, by=request.user)
    return _slips(request, given, back=(person_address(person), person.display_name))


@require_post_or_explain("people:person")
def mail_link(request: SignedInRequest, code: str) -> HttpResponse:
    """Mail a link with which the person sets a password of their own; the old one holds until then."""
    person = person_to_change(request, code)
    if not (settings.SENDS_MAIL and person.email and person.is_active):
        raise Http404
    outcome = mail_link_now(person)
    if outcome is LinkMail.SENT:
        text = _("A link for a new password was sent to %(address)s.")
        messages.success(request, text % {"address": person.email})
    elif outcome is LinkMail.LIMITED:
        text = _("Not sent: this person or address had several such mails lately.")
        messages.warning(request, text)
    else:
        text = _("Not sent: the mail server did not take it. Try again in a moment.")
        messages.error(request, text)
    return see_other(person_address(person))


@require_http_methods(READ_AND_WRITE)
def many(request: SignedInRequest) -> HttpResponse:
    """Start passwords for those whom the list shows: asked for first, then shown this once."""
    require_people(request.user)
    sent = request.POST if request.method == "POST" else request.GET
    filters = FilterForm(sent).filters()
    back = with_query(reverse("people:people"), filters.as_query())
    people = people_of(filters).prefetch_related("role_grants")
    if people.count() > PASSWORDS_AT_ONCE:
        text = _("At most %(count)s people at once: narrow the list by its filters.")
        messages.error(request, text % {"count": PASSWORDS_AT_ONCE})
        return see_other(back)
    judged = [(person, refusal_among_many(person)) for person in people]
    chosen = [person for person, refusal in judged if refusal is None]
    refused = [(person, refusal) for person, refusal in judged if refusal is not None]
    version = version_of([person.pk for person in chosen])
    if request.method != "POST" or not is_as_shown(known_in(request.POST), version):
        status = CONFLICT if request.method == "POST" else 200
        question = Question(
            filters=filters, chosen=chosen, refused=refused, back=back, known=version
        )
        return _question(request, question, status=status)
    given = make_start_passwords(chosen)
    give_start_passwords(given, by=request.user)
    if "as_xlsx" in request.POST:
        name = f"{_('Start passwords')}.xlsx"
        return file_response(as_xlsx([("", given)]), name=name, content_type=XLSX_TYPE)
    return _slips(request, given, refused, back=(back, _("People")))


def _question(request: HttpRequest, question: Question, *, status: int) -> HttpResponse:
    chosen = question.chosen
    context = {
        "question": question,
        "query": question.filters.as_query(),
        "count": len(chosen),
        "named": chosen[:NAMED_AT_MOST],
        "more": max(0, len(chosen) - NAMED_AT_MOST),
        "refused": question.refused,
        "is_meanwhile": status == CONFLICT,
    }
    return render(request, "people/start_passwords_question.html", context, status=status)


def _slips(
    request: HttpRequest,
    given: Sequence[StartPassword],
    refused: Refused = (),
    *,
    back: tuple[str, str],
) -> HttpResponse:
    address, words = back
    context = {
        "sheets": [("", given)] if given else [],
        "refused": refused,
        "sign_in_address": sign_in_address(),
        "back": address,
        "back_words": words,
    }
    response = render(request, "people/start_passwords.html", context)
    response["Cache-Control"] = "no-store"
    return response
