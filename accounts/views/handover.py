"""Signing in by a ticket from the school's own site: `/accounts/handover/?ticket=...`."""

from __future__ import annotations

import logging

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.decorators import (
    open_with_start_password,
    where_handover_is_open,
    with_secret_address,
)
from accounts.error_pages import sign_in_refused
from accounts.external.handover import Ticket, WrongTicket, read_ticket
from accounts.external.sign_in import complete_sign_in
from accounts.services import used_tickets
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.lib.error_pages import new_reference
from edu_platform.lib.http import own_path, without_line_of_django

_refusals = BoundedLog(logging.getLogger(__name__), "hand-over tickets that were refused")


# A form of the school's site may bring it as well: the ticket itself says that it is wanted.
@csrf_exempt
@login_not_required
@open_with_start_password  # somebody else's, who sat here before
@sensitive_post_parameters("ticket")
@with_secret_address
@where_handover_is_open
# No HEAD: who only looks whether there is a page must not use up a ticket.
@require_http_methods(["GET", "POST"])
def handover(request: HttpRequest) -> HttpResponse:
    """Sign in the person whom a ticket names, and lead away from its address."""
    given = request.POST if request.method == "POST" else request.GET
    try:
        ticket = _used_now(given.get("ticket", ""))
    except WrongTicket as wrong:
        return _refused(request, wrong)
    return complete_sign_in(
        request,
        ticket.login,
        links_existing=settings.HANDOVER_LINK_EXISTING,
        next_address=own_path(given.get("next")),
    )


@sensitive_variables("text")
def _used_now(text: str) -> Ticket:
    """The ticket, which nobody can use again from now on.

    Raises:
        WrongTicket: it is not one that opens an account, or no more.
    """
    ticket = read_ticket(text, at=timezone.now())
    is_first_use = used_tickets.use(
        issuer=ticket.login.issuer, ticket_id=ticket.ticket_id, expires_at=ticket.expires_at
    )
    if not is_first_use:
        raise WrongTicket("it was used before")
    return ticket


def _refused(request: HttpRequest, wrong: WrongTicket) -> HttpResponse:
    reference = new_reference()
    is_logged = _refusals.info("sign-in %s: the hand-over ticket is refused: %s", reference, wrong)
    response = sign_in_refused(
        request,
        status=403,
        title=_("The sign-in from the school's site did not work"),
        explanation=_(
            "What the school's site sends you here with can be used once, within a minute."
        ),
        advice=_(
            "Go back to the school's site and click there again. If that does not help, tell the school's staff."
        ),
        reference=reference if is_logged else "",
    )
    # As well those that the log leaves out on purpose: Django would have a line for each.
    return without_line_of_django(response)
