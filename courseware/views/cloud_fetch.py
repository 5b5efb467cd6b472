"""Views from which the classroom cloud, and for images the class itself, fetches files: without signing in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courseware.services.fetch_urls import fetched_by
from courseware.views import file_responses
from courseware.views.file_responses import StorageUnavailable, TooManyClients, away, file_response


@login_not_required  # the cloud has no account here; the token opens this one file
@require_safe
def fetch(request: HttpRequest, token: str, name: str) -> HttpResponseBase:
    """Answer HEAD and GET with the file that the token opens, or with the part that `Range` asks for.

    The name says nothing here: it is for programs that tell a file by its address.

    Unknown, altered, expired, no longer needed: all of these are not found.
    """
    courseware = fetched_by(token)
    if courseware is None:
        raise Http404
    try:
        response = file_response(request, courseware, client=file_responses.cloud())
    except TooManyClients:
        sentence = _("Too many files are being fetched: try again later.")
        return away(HttpResponse(sentence, content_type="text/plain; charset=utf-8"))
    except StorageUnavailable:
        sentence = _("The file cannot be read at the moment: try again later.")
        return away(HttpResponse(sentence, content_type="text/plain; charset=utf-8"))
    response["Referrer-Policy"] = "no-referrer"
    if courseware.is_transcoded:
        response["Cache-Control"] = "no-store"
    else:
        # The class draws images on its board, which a browser refuses to do with those of others.
        response["Access-Control-Allow-Origin"] = "*"
    return response
