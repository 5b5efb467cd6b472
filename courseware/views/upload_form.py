"""The page with which people upload: resumable where scripts run, by a plain form elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from courseware.access import get_upload_for, may_upload
from courseware.exceptions import CoursewareRefused, storage_in_words
from courseware.filetypes.formats import accept_attribute, limits_for_pages
from courseware.models import Courseware
from courseware.selectors import library
from courseware.services import uploads
from courseware.services.creating import create_courseware, same_content_as
from courseware.services.quotas import OPEN_UPLOADS_AT_MOST, quota_of
from courseware.uploads.bounded_body import FORM_TIME_S, bounded
from courseware.uploads.upload_handlers import FIELD, FileReceiver, FormBroken, check_length
from courseware.views.tus_uploads import RETRY_AFTER_S
from edu_platform.lib.body_limits import reads_body_itself
from edu_platform.lib.http import READ_AND_WRITE, see_other

NOTHING_CHOSEN = 422


# Django would read the form, however much it brings, before anybody asks whose it is: it is checked
# below, as soon as it has been read.
@reads_body_itself
@csrf_exempt
@require_http_methods(READ_AND_WRITE)
def upload(request: SignedInRequest) -> HttpResponse:
    if not may_upload(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _page(request)
    receiver = FileReceiver(request)
    try:
        receive(request, receiver)
    except CoursewareRefused as err:
        return retried_later(_page(request, refused=(err.sentence,), status=err.status), err)
    return _act(request, receiver)


def receive(request: SignedInRequest, receiver: FileReceiver) -> None:
    """Read the form, which may come from anybody.

    Raises:
        CoursewareRefused: it is too large, or does not come to its end.
    """
    check_length(request.headers)
    request.upload_handlers = [receiver]
    with bounded(request, person_pk=request.user.pk, total_s=FORM_TIME_S):
        try:
            request.POST  # noqa: B018 -- Django reads it now
        except UnreadablePostError as err:
            raise FormBroken from err


def retried_later(response: HttpResponse, refusal: CoursewareRefused) -> HttpResponse:
    """Say when to come back, after refusals that pass by themselves."""
    if retry_after_s := RETRY_AFTER_S.get(type(refusal)):
        response["Retry-After"] = str(retry_after_s)
    return response


@csrf_protect
def _act(request: SignedInRequest, receiver: FileReceiver) -> HttpResponse:
    if "discard" in request.POST:
        return _discard(request, request.POST["discard"])
    return _take_files(request, request.FILES.getlist(FIELD), refused=receiver.refused)


def _page(
    request: SignedInRequest,
    *,
    refused: Sequence[str] = (),
    taken: Sequence[Courseware] = (),
    status: int = 200,
) -> HttpResponse:
    context = {
        "limits": limits_for_pages(),
        "accept": accept_attribute(),
        "uploads": library.open_uploads(request.user, at=timezone.now()),
        "quota": quota_of(request.user, at=timezone.now()),
        "open_at_most": OPEN_UPLOADS_AT_MOST,
        "texts": texts_of_script(),
        "refused": refused,
        "taken": taken,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "courseware/upload.html", context, status=status)


def _take_files(
    request: SignedInRequest,
    files: list[UploadedFile[bytes]],
    *,
    refused: list[tuple[str, CoursewareRefused]],
) -> HttpResponse:
    """Take what a browser without scripts sends: each file by itself, whatever becomes of the others."""
    refused, taken = [*refused], []
    for file in files:
        try:
            with storage_in_words():
                taken.append(_take_file(request, file))
        except CoursewareRefused as err:
            refused.append((file.name or "", err))
    if refused:
        sentences = [
            _("%(name)s: %(reason)s") % {"name": name, "reason": err.sentence}
            for name, err in refused
        ]
        status = refused[-1][1].status
        return _page(request, refused=sentences, taken=taken, status=status)
    if not files:
        sentence = _("Choose at least one file, then upload it.")
        return _page(request, refused=[sentence], status=NOTHING_CHOSEN)
    count = {"count": len(files)}
    text = ngettext("%(count)s file was uploaded.", "%(count)s files were uploaded.", len(files))
    messages.success(request, text % count)
    return see_other(reverse("courseware:list"))


def _take_file(request: SignedInRequest, file: UploadedFile[bytes]) -> Courseware:
    courseware = create_courseware(
        owner=request.user, filename=file.name or "", file=file, at=timezone.now()
    )
    point_out_duplicate(request, courseware)
    return courseware


def point_out_duplicate(request: SignedInRequest, courseware: Courseware) -> None:
    """Tell whoever uploads a file that its content was there before."""
    for duplicate in same_content_as(courseware)[:1]:
        messages.warning(
            request,
            _("%(name)s has the same content as %(twin)s, which was there before.")
            % {"name": courseware.name, "twin": duplicate.name},
        )


def _discard(request: SignedInRequest, code: str) -> HttpResponse:
    begun = get_upload_for(request.user, code)
    try:
        with storage_in_words():
            uploads.discard(begun, at=timezone.now())
    except CoursewareRefused as err:
        messages.error(request, err.sentence)
    else:
        messages.success(request, _("%(name)s was discarded.") % {"name": begun.filename})
    return see_other(reverse("courseware:upload"))


def texts_of_script() -> dict[str, str]:
    """Return the texts that the script says; names in braces are put in there."""
    return {
        "waiting": _("Queued"),
        "waitingForBegun": _("Queued: resume an earlier upload or discard it"),
        "offered": _(
            "Part of a file with this name and size was sent before. If it is the same file, go on; if not, discard that part."
        ),
        "starting": _("Begins"),
        "sending": _("{sent} of {total} · {speed}/s · {left} left"),
        "checking": _("Everything is sent and is being checked"),
        "paused": _("Paused at {sent} of {total}"),
        "lost": _("The connection is interrupted; the upload resumes automatically"),
        "signedOut": _("You are signed out: sign in again to resume the upload."),
        "failed": _("The file could not be sent: try again."),
        "done": _("Uploaded; transcoding comes next"),
        "uploaded": pgettext("a file", "Uploaded"),
        "same": _("The same content was uploaded before"),
        "cancelling": _("Being cancelled"),
        "keptForNow": _(
            "It could not be discarded now: it is removed automatically when it expires."
        ),
        "discarded": _("Discarded"),
        "pause": _("Pause"),
        "goOn": _("Go on"),
        "tryAgain": _("Try again"),
        "cancel": _("Cancel"),
        "remove": _("Remove from list"),
        "minutes": _("{minutes} min {seconds} s"),
        "seconds": _("{seconds} s"),
        "open": _("Show it"),
    }
