"""Signing in by OpenID Connect: to the provider, back from it, and its word that somebody signed out."""

from __future__ import annotations

import logging
import re
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.utils import get_request_param
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.decorators import with_secret_address
from accounts.external.oidc import sign_ins as provider_sign_ins
from accounts.external.oidc.adapters import OidcAdapter, refusal, school_provider
from accounts.external.oidc.asking import NotTrusted, ProviderUnavailable, SignInFailed
from accounts.external.oidc.provider import PROVIDER_ID, addresses
from accounts.external.refusals import cancelled_sign_in
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.lib.error_pages import DEFAULT_RETRY_AFTER_S
from edu_platform.lib.http import own_path, require_post_or_explain, without_line_of_django

# Anybody can send tokens, and with an unknown key each has the provider asked.
_refusals = BoundedLog(logging.getLogger(__name__), "back-channel logouts that were refused")

# OpenID Connect Core 1.0, section 3.1.2.6, and RFC 6749, section 4.1.2.1.
BROKEN_OFF = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required"}
)
TRY_LATER = frozenset({"temporarily_unavailable", "server_error"})
ERROR_CODE = re.compile(r"[a-z_]{1,40}")


@login_not_required
@require_post_or_explain("account_login", keeps_arguments=False)
def sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider."""
    _require_open(provider_id)
    try:
        if get_request_param(request, "process", AuthProcess.LOGIN) != AuthProcess.LOGIN:
            raise NotTrusted("asked for something else than a sign-in")
        next_address = own_path(request.POST.get("next"))
        return school_provider(request).lead_there(request, next_address=next_address)
    except SignInFailed as failure:
        return refusal(request, failure)


@login_not_required
@with_secret_address
@require_GET
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Sign in who comes back from the provider."""
    _require_open(provider_id)
    view = CallbackView.adapter_view(OidcAdapter(request, provider_id))  # type: ignore[no-untyped-call] # it has no annotations
    response: HttpResponse = view(request)
    return response


class CallbackView(OAuth2CallbackView):
    """allauth's, which knows neither nonces nor whose answer it is."""

    adapter: OidcAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        if response is None:
            self.adapter.state = state
            try:
                _require_answer_of_issuer(request)
                _refuse_errors(request)
            except SignInFailed as failure:
                raise ImmediateHttpResponse(refusal(request, failure)) from failure
        return state, response


def _require_answer_of_issuer(request: HttpRequest) -> None:
    """Refuse the answer of another issuer (RFC 9207), before its code is given to ours."""
    named = request.GET.getlist("iss")
    if not named and not addresses().names_issuer_in_answers:
        return
    if named != [settings.OIDC_ISSUER]:
        raise NotTrusted("the answer is of another issuer")


def _refuse_errors(request: HttpRequest) -> None:
    error = request.GET.get("error")
    if error is None:
        return
    if error in BROKEN_OFF:
        raise ImmediateHttpResponse(cancelled_sign_in(request))
    # Anybody can write the address: only what may be one of the known words is logged.
    code = error if ERROR_CODE.fullmatch(error) else "an error"
    kind = ProviderUnavailable if error in TRY_LATER else NotTrusted
    raise kind(f"the provider answers {code}")


@csrf_exempt
@login_not_required
@require_POST
@never_cache
def sign_out_from_there(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back-channel logout: the provider says, without a browser, that somebody signed out there."""
    _require_open(provider_id)
    try:
        provider_sign_ins.end_as_told(request.POST.get("logout_token"), at=timezone.now())
    except ProviderUnavailable as failure:
        _refusals.warning("back-channel logout: %s", failure)
        headers = {"Retry-After": str(DEFAULT_RETRY_AFTER_S)}
        return without_line_of_django(HttpResponse(status=503, headers=headers))
    except NotTrusted as failure:
        _refusals.warning("back-channel logout refused: %s", failure)
        return without_line_of_django(JsonResponse({"error": "invalid_request"}, status=400))
    return HttpResponse()


def _require_open(provider_id: str) -> None:
    if not settings.OIDC_ISSUER or provider_id != PROVIDER_ID:
        raise Http404
