from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.enums import Role, power_names
from accounts.forms import MailChoiceForm, PictureForm
from accounts.hooks import own_links
from accounts.role_lines import role_line
from accounts.selectors.second_factor import has_second_factor
from accounts.selectors.sign_ins import sign_ins_of
from accounts.services import notices as notice_services
from accounts.services.avatars import MAX_UPLOAD_BYTES, PictureNotStored
from accounts.services.people import remove_picture, set_picture
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.full_disk import storage_failed_text
from edu_platform.lib.http import require_post_or_explain
from edu_platform.lib.keeping_times import DAY, kept_for, kind_called

STORAGE_RETRY_AFTER_S = 60


@require_safe
def profile(request: SignedInRequest) -> HttpResponse:
    return _profile_page(request, PictureForm())


@takes_file_of(MAX_UPLOAD_BYTES)
@require_post_or_explain("profile")
def profile_picture(request: SignedInRequest) -> HttpResponse:
    if "remove" in request.POST:
        remove_picture(request.user, by=request.user)
        messages.success(request, _("Your picture was removed."))
        return redirect("profile")
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _profile_page(request, form, status=422)
    try:
        set_picture(request.user, form.cleaned_data["picture"], by=request.user)
    except PictureNotStored:
        form.add_error("picture", storage_failed_text())
        response = _profile_page(request, form, status=503)
        response["Retry-After"] = str(STORAGE_RETRY_AFTER_S)
        return response
    messages.success(request, _("This is your picture now."))
    return redirect("profile")


@require_post_or_explain("profile")
def mail_choice(request: SignedInRequest) -> HttpResponse:
    """Choose whether notices come by mail too: then in the language that is spoken just now."""
    by_mail = MailChoiceForm(request.POST).is_chosen()
    notice_services.choose_mail(request.user, language=get_language() or "" if by_mail else "")
    if by_mail:
        messages.success(request, _("You will get notices by mail too."))
    else:
        messages.success(request, _("Notices do not come by mail."))
    return redirect("profile")


def _profile_page(request: SignedInRequest, form: PictureForm, status: int = 200) -> HttpResponse:
    context = {
        "picture_form": form,
        "picture_limit": megabytes_text(MAX_UPLOAD_BYTES),
        "role_names": power_names(request.user.roles, is_superuser=request.user.is_superuser),
        "role_lines": [role_line(role) for role in Role if role in request.user.roles],
        "own_links": [link for maker in own_links for link in maker(request.user)],
        "has_second_factor": has_second_factor(request.user),
        "sign_ins": sign_ins_of(request.user, here=request.session.session_key, at=timezone.now()),
        "watched_days": kept_for(kind_called("watched")) // DAY,
        "mail_form": MailChoiceForm(initial={"by_mail": bool(request.user.notice_mail_language)}),
    }
    return render(request, "accounts/profile.html", context, status=status)
