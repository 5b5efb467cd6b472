"""Previews of courseware, and downloads of the file."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, may
from courseware import access, previews
from courseware.enums import FileKind
from courseware.forms.library import PageNumberForm
from courseware.models import Courseware
from courseware.services import thumbnails
from courseware.views import file_responses
from courseware.views.file_responses import StorageUnavailable, TooManyClients, away, file_response


@require_safe
def preview(request: SignedInRequest, code: str) -> HttpResponse:
    found, relations = access.get_with_relations(request.user, code)
    shown = previews.preview_of(found)
    if shown is None:
        return _no_preview(request, found, is_staff=may(Action.ADMINISTER, relations))
    context = {
        "courseware": found,
        "preview": shown,
        "leaf": previews.leaf_of(shown, PageNumberForm(request.GET).number()),
        "media_address": reverse("courseware:media", args=[found.code]),
        "may_download": may(Action.DOWNLOAD_COURSEWARE, relations),
    }
    return render(request, "courseware/preview.html", context)


@require_safe
def media(request: SignedInRequest, code: str) -> HttpResponseBase:
    """A picture, film or sound for the preview's own elements, for everybody who may see it."""
    found = access.get_courseware_for(request.user, code)
    if found.kind == FileKind.DOCUMENT:
        raise Http404
    return _file(request, found)


@require_safe
def thumbnail(request: SignedInRequest, code: str) -> HttpResponse:
    """The small picture of an image, for lists; behind the same door as the image itself."""
    found = access.get_courseware_for(request.user, code)
    if found.kind != FileKind.IMAGE:
        raise Http404
    headers = {"ETag": f'"{found.sha256}.card"', "Cache-Control": "private, no-cache"}
    if request.headers.get("If-None-Match", "").removeprefix("W/") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    try:
        content = thumbnails.thumbnail_of(found)
    except FileNotFoundError as err:
        raise Http404 from err
    except (thumbnails.NotNow, OSError):
        return away(HttpResponse())
    if not content:
        raise Http404
    return HttpResponse(content, content_type=thumbnails.CONTENT_TYPE, headers=headers)


@require_safe
def download(request: SignedInRequest, code: str) -> HttpResponseBase:
    found = access.get_courseware_for(request.user, code, Action.DOWNLOAD_COURSEWARE)
    return _file(request, found)


def _file(request: SignedInRequest, found: Courseware) -> HttpResponseBase:
    try:
        return file_response(request, found, client=file_responses.person(request.user.pk))
    except StorageUnavailable as err:
        is_busy = isinstance(err, TooManyClients)
        none = previews.too_many_clients() if is_busy else previews.file_unavailable()
        context = {"courseware": found, "none": none}
        return away(render(request, "courseware/no_preview.html", context))


def _no_preview(request: SignedInRequest, found: Courseware, *, is_staff: bool) -> HttpResponse:
    none = previews.why_none(found, at=timezone.now(), is_staff=is_staff)
    context = {"courseware": found, "none": none}
    return render(request, "courseware/no_preview.html", context, status=none.status)
