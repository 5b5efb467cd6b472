from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.enums import role_names
from accounts.forms import PictureForm
from accounts.requests import SignedInRequest, by_button_only
from accounts.services.people import remove_picture, set_picture

PICTURE_MAX_AGE_S = 30 * 24 * 3600


@require_safe
def profile(request: SignedInRequest) -> HttpResponse:
    return _profile_page(request, PictureForm())


@by_button_only("profile")
def profile_picture(request: SignedInRequest) -> HttpResponse:
    if "remove" in request.POST:
        remove_picture(request.user)
        messages.success(request, _("Your picture was removed."))
        return redirect("profile")
    form = PictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return _profile_page(request, form, status=422)
    set_picture(request.user, form.cleaned_data["picture"])
    messages.success(request, _("This is your picture now."))
    return redirect("profile")


@login_not_required  # the classroom cloud shows it in class, by this address
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A person's picture, under an address that nobody can guess."""
    path = f"avatars/{name}.jpg"
    if not default_storage.exists(path):
        raise Http404
    response = FileResponse(default_storage.open(path), content_type="image/jpeg")
    response["Cache-Control"] = f"public, max-age={PICTURE_MAX_AGE_S}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _profile_page(request: SignedInRequest, form: PictureForm, status: int = 200) -> HttpResponse:
    context = {"picture_form": form, "role_names": role_names(request.user.roles)}
    return render(request, "accounts/profile.html", context, status=status)
