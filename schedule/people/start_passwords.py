"""Ways to sign in for people who have none: start passwords, shown once as slips, and a link by mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.enums import LinkMail, PasswordRefusal, PasswordState
from accounts.models import User
from accounts.services.start_passwords import (
    give_start_passwords,
    make_start_passwords,
    refusal_among_many,
    refusal_of_staff,
)
from accounts.sign_in.password_mails import mail_link_now
from accounts.views.start_passwords import Back, Recipients, ask_and_give, slips_response
from edu_platform.lib.http import (
    READ_AND_WRITE,
    require_post_or_explain,
    see_other,
    with_query,
)
from schedule.people.access import require_people
from schedule.people.actions import person_to_change
from schedule.people.asking import Question, ask, is_confirmed
from schedule.people.filters import FilterForm
from schedule.people.reading import people_of
from schedule.people.views import person_address


@require_post_or_explain("people:person")
def one(request: SignedInRequest, code: str) -> HttpResponse:
    """Give a start password, and show it this once; one that takes the place of another way in is confirmed first."""
    person = person_to_change(request, code)
    if refusal := refusal_of_staff(person, by=request.user):
        told = _("%(person)s got no start password: %(reason)s.")
        messages.error(request, told % {"person": person, "reason": refusal.label})
        return see_other(person_address(person))
    if _can_sign_in_already(person) and not is_confirmed(request):
        return ask(request, _question(person), back=person_address(person))
    # Whoever gets power meanwhile gets none: only of who had it a code was asked for.
    of_staff = partial(refusal_of_staff, by=request.user)
    rule: Callable[[User], PasswordRefusal | None] = (
        refusal_among_many if person.is_ordinary else of_staff
    )
    made = make_start_passwords([person])
    given, refused = give_start_passwords(made, by=request.user, refusal=rule)
    back = Back(person_address(person), person.display_name)
    return slips_response(request, [("", given)], refused, back=back)


def _can_sign_in_already(person: User) -> bool:
    return person.password_state is PasswordState.OWN or person.last_login is not None


def _question(person: User) -> Question:
    return Question(
        title=_("A new start password for %(person)s?") % {"person": person.display_name},
        lines=[
            _(
                "It takes the place of the password that the person has, and signs them out everywhere. It is shown once, and replaced at the first sign-in."
            )
        ],
        button=_("Make it and show it"),
    )


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
    filters = FilterForm(request.POST if request.method == "POST" else request.GET).filters()
    query = filters.as_query()
    recipients = Recipients(
        people=[("", people_of(filters).prefetch_related("role_grants"))],
        address=reverse("people:start_passwords"),
        fields={name: [value] for name, value in query.items()},
        back=Back(with_query(reverse("people:people"), query), _("People")),
    )
    return ask_and_give(request, recipients)
