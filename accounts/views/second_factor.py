"""The second factor on one's own pages: allauth's views, with what they cause here in the same transaction."""

from __future__ import annotations

import textwrap
from typing import Any

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa.base.views import ReauthenticateView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from csp.decorators import csp_update
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest, signed_in
from accounts.selectors.second_factor import has_second_factor, is_compulsory_for, state_of
from accounts.services import second_factor
from accounts.sign_in.code_again import go_on, note_code_of_set_up
from accounts.sign_in.records import SECOND_FACTOR_SEEN, proved_lately
from edu_platform.lib.http import require_post_or_explain


@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    context = {
        "second_factor": state_of(request.user),
        "is_compulsory": is_compulsory_for(request.user),
    }
    return render(request, "mfa/index.html", context)


# The picture for the app's camera is part of the page: it is a secret, and has no address.
@method_decorator(csp_update({"img-src": "data:"}), name="dispatch")
@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class SetUpView(ActivateTOTPView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        person = signed_in(request)
        if has_second_factor(person):
            return redirect("mfa_index")
        # Who came from elsewhere has nothing to type again.
        has_proof = get_account_adapter().get_reauthentication_methods(person)
        if not has_proof and not proved_lately(request, person):
            return render(request, "mfa/sign_in_again.html", {"page": "mfa_activate_totp"})
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        # Where another click was quicker by a moment, the library leads to removing what that one set up.
        is_set_up = response.headers.get("Location") == reverse("mfa_deactivate_totp")
        return redirect("mfa_index") if is_set_up else response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        person = signed_in(self.request)
        return context | {
            "secret": " ".join(textwrap.wrap(context["form"].secret, 4)),
            "is_compulsory": is_compulsory_for(person),
        }

    def form_valid(self, form: Any) -> HttpResponse:
        person = signed_in(self.request)
        try:
            with transaction.atomic():
                response: HttpResponse = super().form_valid(form)
                second_factor.spend_code(person, form.cleaned_data["code"])
                here = self.request.session.session_key
                second_factor.note_added(person, keep=here, at=timezone.now())
                note_code_of_set_up(self.request, person)
        except IntegrityError:  # set up by another click of a moment ago
            return redirect("mfa_index")
        return response


@require_post_or_explain("mfa_index")
def go_on_after_set_up(request: SignedInRequest) -> HttpResponse:
    """Do what needed the second factor that was just set up, as it was sent before."""
    return go_on(request) or redirect("home")


class RemoveView(DeactivateTOTPView):
    def form_valid(self, form: Any) -> HttpResponse:
        person = signed_in(self.request)
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            second_factor.note_removed(person, by=person, at=timezone.now())
        self.request.session.pop(SECOND_FACTOR_SEEN, None)
        return response


class NewCodesView(GenerateRecoveryCodesView):
    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response: HttpResponse = super().form_valid(form)
            second_factor.note_codes_made(signed_in(self.request), at=timezone.now())
        return response


class AgainView(ReauthenticateView):
    """Ask for a code before power over others is handed out: here a password does not do instead."""

    template_name = "mfa/again.html"

    def _check_reauthentication_method_available(self, request: HttpRequest) -> None:
        if not has_second_factor(signed_in(request)):
            raise PermissionDenied

    def get_reauthentication_alternatives(self) -> list[dict[str, Any]]:
        return []
