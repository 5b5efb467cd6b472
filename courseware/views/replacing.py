"""Replacing courseware by a newer version: the page with its form, and what is done about one on its way."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from courseware import access
from courseware.exceptions import CoursewareRefused, storage_in_words
from courseware.filetypes.formats import accept_attribute, limits_for_pages
from courseware.models import Courseware
from courseware.selectors import library
from courseware.services import versions
from courseware.services.creating import create_version
from courseware.services.documents import usual_transcode_type
from courseware.services.quotas import OPEN_UPLOADS_AT_MOST, quota_of
from courseware.uploads.upload_handlers import FIELD, FileReceiver
from courseware.views.owner_actions import retry_version
from courseware.views.upload_form import (
    NOTHING_CHOSEN,
    point_out_duplicate,
    receive,
    retried_later,
    texts_of_script,
)
from edu_platform.lib.body_limits import reads_body_itself
from edu_platform.lib.http import READ_AND_WRITE, require_post_or_explain, see_other


# Read and checked as the form for new courseware is.
@reads_body_itself
@csrf_exempt
@require_http_methods(READ_AND_WRITE)
def replace(request: SignedInRequest, code: str) -> HttpResponse:
    courseware = _get(request, code)
    if request.method != "POST":
        return _page(request, courseware)
    receiver = FileReceiver(request)
    try:
        receive(request, receiver)
        return _take_form(request, courseware, receiver)
    except CoursewareRefused as err:
        return retried_later(
            _page(request, courseware, refused=err.sentence, status=err.status), err
        )


@csrf_protect
def _take_form(
    request: SignedInRequest, courseware: Courseware, receiver: FileReceiver
) -> HttpResponse:
    """Take the one file of the form.

    Raises:
        CoursewareRefused: it is not taken.
    """
    files: list[UploadedFile[bytes]] = request.FILES.getlist(FIELD)
    for _name, refusal in receiver.refused:
        raise refusal
    if len(files) != 1:
        sentence = _("Choose one file, then upload it.")
        return _page(request, courseware, refused=sentence, status=NOTHING_CHOSEN)
    with storage_in_words():
        version = create_version(
            courseware,
            uploader=request.user,
            filename=files[0].name or "",
            file=files[0],
            at=timezone.now(),
        )
    point_out_duplicate(request, version)
    messages.success(
        request,
        _("The newer version is uploaded. It is used as soon as it is ready; until then this one."),
    )
    return _to_page(courseware)


@require_post_or_explain("courseware:detail")
def retry(request: SignedInRequest, code: str) -> HttpResponse:
    """Submit the newer version again, after it has failed."""
    courseware = _get(request, code)
    return retry_version(request, courseware, courseware.coming)


@require_post_or_explain("courseware:detail")
def keep(request: SignedInRequest, code: str) -> HttpResponse:
    """Give up the newer version, and keep the present one."""
    courseware = _get(request, code)
    if versions.keep_present(courseware, at=timezone.now()):
        messages.success(request, _("The newer version was discarded; this one stays."))
    else:
        messages.info(request, _("There is no newer version on its way."))
    return _to_page(courseware)


def _page(
    request: SignedInRequest, courseware: Courseware, *, refused: str = "", status: int = 200
) -> HttpResponse:
    usual, at = usual_transcode_type(courseware), timezone.now()
    context = {
        "replaced": courseware,
        "limits": limits_for_pages(usual),
        "accept": accept_attribute(usual),
        "uploads": library.open_uploads(request.user, at=at),
        "quota": quota_of(courseware.owner, at=at) if courseware.owner is not None else None,
        "is_own": courseware.owner_id == request.user.pk,
        "open_at_most": OPEN_UPLOADS_AT_MOST,
        "texts": texts_of_script(),
        "refused": [refused] if refused else [],
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "courseware/upload.html", context, status=status)


def _get(request: SignedInRequest, code: str) -> Courseware:
    return access.get_courseware_for(request.user, code, Action.REPLACE_COURSEWARE)


def _to_page(courseware: Courseware) -> HttpResponse:
    return see_other(reverse("courseware:detail", args=[courseware.code]))
