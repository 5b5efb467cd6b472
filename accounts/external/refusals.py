"""The page when a sign-in server signs nobody in; the log says why, under the same reference."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.error_pages import sign_in_refused
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.lib.error_pages import DEFAULT_RETRY_AFTER_S, new_reference
from edu_platform.lib.http import without_line_of_django

logger = logging.getLogger(__name__)

# Anybody can begin a sign-in, and come back with whatever they make up.
_refusals = BoundedLog(logger, "sign-ins that were refused")
_silences = BoundedLog(logger, "sign-ins without a usable answer of the sign-in server")


def unknown_sign_in(request: HttpRequest) -> HttpResponse:
    """For somebody who comes from there, but was not sent there, or not by this browser."""
    explanation = _("It was used already, took too long, or was begun in another browser.")
    return _nobody(request, _("This sign-in is over"), explanation)


def cancelled_sign_in(request: HttpRequest) -> HttpResponse:
    explanation = _(
        "It was broken off at the school's sign-in, or you may not come here from there."
    )
    return _nobody(request, _("You did not sign in"), explanation)


def _nobody(request: HttpRequest, title: str, explanation: str) -> HttpResponse:
    return sign_in_refused(
        request,
        status=403,
        title=title,
        explanation=explanation,
        advice=_("To sign in, begin again on the sign-in page."),
    )


def no_answer(request: HttpRequest, reason: object) -> HttpResponse:
    reference = new_reference()
    text = "sign-in %s: no usable answer of the sign-in server: %s"
    is_logged = _silences.warning(text, reference, reason)
    response = sign_in_refused(
        request,
        status=503,
        title=_("The school's sign-in does not answer"),
        explanation=_("We asked it who you are, and got no answer that could be used."),
        advice=_("Try again in a moment. With a password for this site you can sign in by that."),
        reference=reference if is_logged else "",
        retry_after_s=DEFAULT_RETRY_AFTER_S,
    )
    return without_line_of_django(response)


def not_confirmed(request: HttpRequest, reason: object) -> HttpResponse:
    explanation = _("The school's sign-in does not confirm who you are.")
    return _refused(request, reason, explanation)


def not_trusted(request: HttpRequest, reason: object) -> HttpResponse:
    explanation = _("What came from the school's sign-in cannot be relied on.")
    return _refused(request, reason, explanation)


def unusable_name(request: HttpRequest) -> HttpResponse:
    explanation = _("The school's sign-in calls you by a name that cannot be used here.")
    return _refused(request, "the name of the person cannot be kept", explanation)


def _refused(request: HttpRequest, reason: object, explanation: str) -> HttpResponse:
    reference = new_reference()
    is_logged = _refusals.warning("sign-in %s: refused: %s", reference, reason)
    response = sign_in_refused(
        request,
        status=403,
        title=_("You were not signed in"),
        explanation=explanation,
        advice=_("Begin again. If it happens again, tell the school's staff the reference number."),
        reference=reference if is_logged else "",
    )
    return without_line_of_django(response)
