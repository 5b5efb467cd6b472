"""The end of every external sign-in: a person is signed in as by a password, or told what stands in the way."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import logout as sign_out
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.erasing.earlier_usernames import day_erased
from accounts.error_pages import sign_in_refused
from accounts.external.logins import ExternalLogin
from accounts.external.oidc.sign_ins import ID_TOKEN
from accounts.models import User
from accounts.names import sign_in_name
from accounts.services.external_accounts import WaitsForStaff, person_for
from accounts.sign_in.session_store import EXTERNAL_ID
from edu_platform.lib.error_pages import new_reference

logger = logging.getLogger(__name__)


def complete_sign_in(
    request: HttpRequest,
    login: ExternalLogin,
    *,
    links_existing: bool,
    next_address: str = "",
    kept: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Sign in the person of this login: through allauth, which asks for the second factor and refuses closed accounts.

    `next_address` is a path of this site, checked by the caller; empty leads to the start page. `kept` goes into
    the session of a person who is let in: by it the sign-in is ended at both ends.
    """
    try:
        person = person_for(login, links_existing=links_existing, at=timezone.now())
    except WaitsForStaff as waiting:
        sign_out(request)
        return _tell_to_wait(request, login, waiting)
    _begin_anew(request)
    request.session.update(dict(kept or {}))
    record_authentication(request, person, method=login.method.value)
    redirect_url = next_address or resolve_url(settings.LOGIN_REDIRECT_URL)
    response = perform_login(request, Login(user=person, redirect_url=redirect_url))
    if not request.user.is_authenticated and get_pending_stage(request) is None:
        sign_out(request)  # refused: with what was kept goes who was here
    return response


def _begin_anew(request: HttpRequest) -> None:
    """Leave nothing in the session of who sat here before, or of another sign-in that stopped at the second factor.

    The same person begins anew as well: the page that asks for the second factor is shown to nobody who is
    signed in. The row of the session goes on under another key.
    """
    if SESSION_KEY in request.session:
        request.session.clear()
        request.user = AnonymousUser()
    for name in (EXTERNAL_ID, ID_TOKEN):
        request.session.pop(name, None)


def _tell_to_wait(
    request: HttpRequest, login: ExternalLogin, waiting: WaitsForStaff
) -> HttpResponse:
    reference = new_reference()
    explanation, advice = _words_of_waiting(login)
    logger.info("sign-in %s: external account %s waits", reference, waiting.account.pk)
    return sign_in_refused(
        request,
        status=403,
        title=_("Your account has yet to be linked"),
        explanation=explanation % {"username": login.username},
        advice=advice,
        reference=reference,
    )


def _words_of_waiting(login: ExternalLogin) -> tuple[str, str]:
    """Explain why somebody waits, and advise what to do."""
    is_there = User.objects.filter(sign_in_name=sign_in_name(login.username)).exists()
    if not is_there and day_erased(login.username) is not None:
        return (
            _(
                "Somebody named %(username)s was erased here, and nobody who was erased comes back by signing in."
            ),
            _(
                "If you are somebody else, ask the school's staff for an account; then sign in again."
            ),
        )
    return (
        _("There is already an account named %(username)s here, and it may be somebody else's."),
        _("Ask the school's staff to link the two; then sign in again."),
    )
