"""Signing in by CAS: to the school's server, back with a ticket, and out when the server says so."""

from __future__ import annotations

import logging
import secrets

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.decorators import where_cas_is_open, with_secret_address
from accounts.external import begun_sign_ins, cas, refusals
from accounts.external.logins import UnusableSubject
from accounts.external.sign_in import complete_sign_in
from accounts.services.sign_ins import end_by_external_id
from accounts.sign_in.session_store import EXTERNAL_ID
from edu_platform.lib.bounded_http import NoUsableAnswer
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.lib.http import own_path, see_other, without_line_of_django

_refusals = BoundedLog(logging.getLogger(__name__), "requests to sign out that were refused")

STATE_BYTES = 16
LOGOUT_REQUEST_CHARS = 8 * 1024


@login_not_required
@where_cas_is_open
@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Lead to the school's sign-in server; what it sends back is taken from this browser alone."""
    state = secrets.token_urlsafe(STATE_BYTES)
    next_address = own_path(request.POST.get("next") or request.GET.get("next"))
    response = see_other(cas.sign_in_address(state))
    begun_sign_ins.keep(response, {**begun_sign_ins.begun_by(request), state: next_address})
    return response


@login_not_required
@where_cas_is_open
@csrf_exempt  # of POST: the server sends no token of ours, and the ticket that it names stands for one
@with_secret_address
@require_http_methods(["GET", "POST"])
def callback(request: HttpRequest) -> HttpResponse:
    """Take the person with the ticket; or by POST, the server's word that a sign-in has ended.

    The ticket in the address is good for nothing once it was asked about.
    """
    return _end_sign_in(request) if request.method == "POST" else _sign_in(request)


def _sign_in(request: HttpRequest) -> HttpResponse:
    state, begun = request.GET.get("state", ""), begun_sign_ins.begun_by(request)
    if state not in begun:
        return refusals.unknown_sign_in(request)
    response = _sign_in_begun(request, state, next_address=begun.pop(state))
    begun_sign_ins.keep(response, begun)
    return response


def _sign_in_begun(request: HttpRequest, state: str, *, next_address: str) -> HttpResponse:
    ticket = request.GET.get("ticket", "")
    try:
        login = cas.check_ticket(ticket, state)
    except cas.TicketRefused as refusal:
        return refusals.not_confirmed(request, refusal)
    except NoUsableAnswer as fault:
        return refusals.no_answer(request, fault)
    except UnusableSubject:
        return refusals.unusable_name(request)
    return complete_sign_in(
        request,
        login,
        links_existing=settings.CAS_LINK_EXISTING,
        next_address=next_address,
        kept={EXTERNAL_ID: cas.external_id_of(ticket)},
    )


def _end_sign_in(request: HttpRequest) -> HttpResponse:
    said = request.POST.get("logoutRequest", "")
    ticket = cas.ticket_to_end(said) if len(said) <= LOGOUT_REQUEST_CHARS else None
    if ticket is None:
        _refusals.info("single logout refused: not a logoutRequest")
        refusal = HttpResponseBadRequest("not a logoutRequest\n", content_type="text/plain")
        return without_line_of_django(refusal)
    end_by_external_id(cas.external_id_of(ticket))
    # The same whether there was one: it tells nobody which tickets there were.
    return HttpResponse("ok\n", content_type="text/plain")
