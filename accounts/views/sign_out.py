"""Signing out here, and where the person came from."""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.views import LogoutView
from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _

from accounts.external.oidc.asking import SignInFailed
from accounts.external.oidc.sign_ins import sign_out_address
from edu_platform.lib.http import see_other

logger = logging.getLogger(__name__)


class SignOutView(LogoutView):
    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign out here in any case, and there if somebody came through the provider."""
        try:
            address = sign_out_address(self.request)
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


sign_out = SignOutView.as_view()
