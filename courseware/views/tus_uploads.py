"""Resumable uploads by tus 1.0.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.permissions import Action
from courseware.access import get_courseware_for, get_upload_for, may_upload
from courseware.exceptions import CoursewareRefused, StorageSilent, storage_in_words
from courseware.models import Courseware, Upload
from courseware.services import uploads
from courseware.services.creating import same_content_as
from courseware.uploads import tus
from courseware.uploads.bounded_body import PART_TIME_S, TooManySenders, bounded
from edu_platform.lib.body_limits import reads_body_itself

TusView = Callable[..., HttpResponse]

# When the browser is to come back, after refusals that pass by themselves.
RETRY_AFTER_S: dict[type[CoursewareRefused], int] = {StorageSilent: 60, TooManySenders: 10}


class _CsrfCheck(CsrfViewMiddleware):
    """Django's own check, by the header alone, whose refusal is a sentence instead of a page."""

    def refusal(self, request: HttpRequest) -> HttpResponse | None:
        # For a POST it would look for the token in a form first, and read the whole body for that, however
        # much comes and however slowly. Here no form is sent: it is checked like a PUT, which has none.
        method = request.method
        request.method = "PUT" if method == "POST" else method
        try:
            return cast("HttpResponse | None", self.process_view(request, _options, (), {}))
        finally:
            request.method = method

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponse:
        return tus.refuse(403, _("This page is too old to upload from: load it again."))


def speaks_tus(**methods: TusView) -> TusView:
    """Make the view of one address out of those of its methods; OPTIONS is answered here."""
    views = methods | {"OPTIONS": _options}

    @reads_body_itself
    @csrf_exempt  # a client of tus understands no page: this is checked, and refused in words, below
    @login_not_required  # and so is this
    def view(request: HttpRequest, **kwargs: str) -> HttpResponse:
        override = request.headers.get("X-HTTP-Method-Override")
        request.method = (override or request.method or "").upper()
        response = _refusal(request, set(views)) or _ask(views[request.method], request, kwargs)
        if request.method == "HEAD":
            response.content = b""
        return response

    return view


def _refusal(request: HttpRequest, methods: set[str]) -> HttpResponse | None:
    """Check what holds for every request: a person who may upload, their own page, our version, a known method."""
    if not isinstance(request.user, User):
        return tus.refuse(403, _("You are signed out: sign in again to resume the upload."))
    if not may_upload(request.user):
        return tus.refuse(403, _("Only teachers and the school's staff may upload courseware."))
    foreign = _CsrfCheck(lambda _request: HttpResponse()).refusal(request)
    if foreign is not None:
        return foreign
    if request.method not in methods:
        response = tus.refuse(405, _("Courseware is uploaded here by tus 1.0.0 only."))
        response["Allow"] = ", ".join(sorted(methods))
        return response
    if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != tus.VERSION:
        response = tus.refuse(412, _("Only tus 1.0.0 is supported."))
        response["Tus-Version"] = tus.VERSION
        return response
    return None


def _ask(view: TusView, request: HttpRequest, kwargs: dict[str, Any]) -> HttpResponse:
    try:
        with storage_in_words():
            return view(request, **kwargs)
    except tus.Malformed as err:
        return tus.refuse(400, str(err))
    except Http404:
        return tus.refuse(404, _("There is no such upload: upload the file again."))
    except CoursewareRefused as err:
        retry_after_s = RETRY_AFTER_S.get(type(err), 0)
        return tus.refuse(err.status, err.sentence, retry_after_s=retry_after_s)


def _options(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return tus.answer(
        204,
        Tus_Version=tus.VERSION,
        Tus_Extension=tus.EXTENSIONS,
        Tus_Max_Size=str(tus.MAX_SIZE_BYTES),
    )


def _create(request: SignedInRequest) -> HttpResponse:
    if "Upload-Length" not in request.headers:
        raise tus.Malformed(_("The header Upload-Length must say how many bytes the file has."))
    filename = tus.filename(request.headers)
    code = tus.replaces(request.headers)
    try:
        replaced = None if code is None else _replaced(request, code)
    except Http404:
        return tus.refuse(404, _("There is no such courseware that you may replace."))
    upload = uploads.open_upload(
        owner=request.user,
        filename=filename,
        length_bytes=tus.number(request.headers, "Upload-Length"),
        at=timezone.now(),
        replaces=replaced,
    )
    address = request.build_absolute_uri(reverse("courseware:upload_parts", args=[upload.code]))
    return tus.answer(201, Location=address, Upload_Offset="0", **_expiry(upload))


def _replaced(request: SignedInRequest, code: str) -> Courseware:
    return get_courseware_for(request.user, code, Action.REPLACE_COURSEWARE)


def _look(request: SignedInRequest, code: str) -> HttpResponse:
    upload = get_upload_for(request.user, code)
    if not (upload.is_finished or upload.is_open(at=timezone.now())):
        raise uploads.UploadOver
    return tus.answer(200, Upload_Length=str(upload.length_bytes), **_progress(upload))


def _write(request: SignedInRequest, code: str) -> HttpResponse:
    if request.content_type != tus.PART_TYPE:
        return tus.refuse(
            415, _("A part of a file must have the type %(type)s.") % {"type": tus.PART_TYPE}
        )
    offset_bytes = tus.number(request.headers, "Upload-Offset")
    size_bytes = tus.number(request.headers, "Content-Length")
    upload = get_upload_for(request.user, code)
    if upload.replaces is not None:
        # It may have been taken from them, or been deleted, since they began.
        _replaced(request, upload.replaces.code)
    with bounded(request, person_pk=request.user.pk, total_s=PART_TIME_S) as body:
        uploads.write(
            upload,
            offset_bytes=offset_bytes,
            body=body,
            size_bytes=size_bytes,
            at=timezone.now(),
        )
    return tus.answer(204, **_progress(upload))


def _discard(request: SignedInRequest, code: str) -> HttpResponse:
    uploads.discard(get_upload_for(request.user, code), at=timezone.now())
    return tus.answer(204)


def _progress(upload: Upload) -> dict[str, str]:
    """Return how far an upload is; for a finished one also what it has become."""
    headers = {
        "Upload_Offset": str(upload.length_bytes if upload.is_finished else upload.offset_bytes)
    }
    if upload.courseware is not None:
        page = upload.courseware.version_of or upload.courseware
        headers["Content_Location"] = reverse("courseware:detail", args=[page.code])
        # Ours, and not of the protocol: for the page to point out.
        for duplicate in same_content_as(upload.courseware)[:1]:
            headers["Upload_Same_As"] = reverse("courseware:detail", args=[duplicate.code])
    return headers | _expiry(upload)


def _expiry(upload: Upload) -> dict[str, str]:
    return {"Upload_Expires": http_date(upload.expires_at.timestamp())}


collection = speaks_tus(POST=_create)
item = speaks_tus(HEAD=_look, PATCH=_write, DELETE=_discard)
