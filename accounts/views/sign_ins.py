from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import SignedInRequest
from accounts.services import sign_ins
from edu_platform.lib.http import require_post_or_explain


@require_post_or_explain("profile", keeps_arguments=False)
def end_sign_in(request: SignedInRequest, code: str) -> HttpResponse:
    """Sign out one device; of one that is signed out already nothing is left to do."""
    sign_ins.end_sign_in(request.user, code, by=request.user)
    messages.success(request, _("That device is signed out."))
    return redirect("profile")


@require_post_or_explain("profile")
def end_other_sign_ins(request: SignedInRequest) -> HttpResponse:
    user, here = request.user, request.session.session_key
    count = sign_ins.end_other_sign_ins(user, keep=here, by=user)
    text = ngettext("%(count)s device is signed out.", "%(count)s devices are signed out.", count)
    messages.success(request, text % {"count": count})
    return redirect("profile")
