"""Signing out here, and where the person came from."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.views import LogoutView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.enums import SignInMethod
from accounts.external import cas
from accounts.external.oidc.asking import SignInFailed
from accounts.external.oidc.sign_ins import sign_out_address as oidc_sign_out_address
from accounts.sign_in.records import method_of
from edu_platform.lib.http import see_other

logger = logging.getLogger(__name__)


class SignOutView(LogoutView):
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out here in any case, and where the person came from: else a click would open the account again."""
        try:
            address = _address_there(self.request)
        except SignInFailed as failure:
            logger.warning("no sign-out at the provider: %s", failure)
            response = super().post(*args, **kwargs)
            messages.warning(
                self.request,
                _("You may still be signed in at the school's sign-in: sign out there too."),
            )
            return response
        response = super().post(*args, **kwargs)
        return see_other(address) if address else response


def _address_there(request: HttpRequest) -> str:
    """Return where the other system ends its own sign-in; empty for those who came by none.

    Raises:
        SignInFailed: the provider does not say where.
    """
    method = method_of(request)
    if method == SignInMethod.OIDC and settings.OIDC_ISSUER:
        return oidc_sign_out_address(request)
    if method == SignInMethod.CAS and settings.CAS_SERVER_URL:
        return cas.sign_out_address()
    return ""


sign_out = SignOutView.as_view()
