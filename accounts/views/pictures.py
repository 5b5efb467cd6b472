"""Pictures that everybody may see who has their address, and what phones need for their home screen."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from accounts.models import SchoolSettings
from accounts.services.avatars import BROWSERS_KEEP_IT_S, FOLDER, LOGO_FOLDER
from accounts.services.home_screen import ICONS, icon_of, manifest_of
from accounts.services.logos import TYPES as LOGO_TYPES

# A school that changes its name or its logo sees it within this time.
BROWSERS_KEEP_THE_MANIFEST_S = 3600


@login_not_required  # the classroom cloud shows it in class, by this address
@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A person's picture, under an address that nobody can guess."""
    return _file(f"{FOLDER}/{name}.jpg", "image/jpeg")


@login_not_required  # it stands on the page of the sign-in
@require_safe
def logo(request: HttpRequest, name: str, suffix: str) -> HttpResponseBase:
    """The school's logo; another one has another address."""
    return _file(f"{LOGO_FOLDER}/{name}.{suffix}", LOGO_TYPES[suffix])


@login_not_required  # phones ask for it without a session
@require_safe
def home_screen_icon(request: HttpRequest, logo: str, kind: str) -> HttpResponseBase:
    """The school's logo as the icon of a home screen."""
    if kind not in ICONS:
        raise Http404
    try:
        icon = icon_of(logo, kind)
    except FileNotFoundError as err:
        raise Http404 from err
    return _kept(HttpResponse(icon, content_type="image/png"))


@login_not_required  # phones ask for it without a session
@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """Tell a phone what it puts on its home screen."""
    response = JsonResponse(
        manifest_of(SchoolSettings.load()),
        content_type="application/manifest+json",
        json_dumps_params={"ensure_ascii": False},
    )
    response["Cache-Control"] = f"public, max-age={BROWSERS_KEEP_THE_MANIFEST_S}"
    return response


def _file(path: str, content_type: str) -> HttpResponseBase:
    if not default_storage.exists(path):
        raise Http404
    return _kept(FileResponse(default_storage.open(path), content_type=content_type))


def _kept(response: HttpResponseBase) -> HttpResponseBase:
    """Let browsers keep what never changes at its address, and take it for what it says it is."""
    response["Cache-Control"] = f"public, max-age={BROWSERS_KEEP_IT_S}, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
