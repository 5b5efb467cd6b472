"""Texts that explain the state of courseware: what happened, why, and what comes next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courseware.enums import CoursewareState, Failure, FileKind, TranscodeType
from courseware.models import Courseware
from courseware.polling_times import LAST_ASK, is_stuck
from courseware.wording.states import is_moving, reason_told, waits_to_be_submitted
from edu_platform.lib.formatting import moment_text, next_moment_text

SENTENCES = {
    CoursewareState.UPLOADING: gettext_lazy("The file is still being uploaded."),
    CoursewareState.QUEUED: gettext_lazy(
        "The file is uploaded and is about to be submitted for transcoding."
    ),
    CoursewareState.TRANSCODING: gettext_lazy("The file is being transcoded for class."),
    CoursewareState.READY: gettext_lazy("It is ready, and can be shown in class."),
}
FAILURES = {
    Failure.CLOUD: gettext_lazy("The file could not be transcoded."),
    Failure.STUCK: gettext_lazy(
        "Transcoding takes longer than usual for such a file. The platform keeps checking, and the file is ready as soon as it has finished."
    ),
    Failure.REFUSED: gettext_lazy("The file was refused for transcoding."),
    Failure.GONE: gettext_lazy(
        "The file was ready, and was then deleted, but not on this platform."
    ),
}
# Not about to go: its next try is some way off.
SUBMITTED_LATER = gettext_lazy("The file is uploaded and waits to be submitted for transcoding.")
SECOND_WAY = gettext_lazy("It could not be transcoded in the usual way, and another is now tried.")
FAILED_BOTH_WAYS = gettext_lazy("The file could not be transcoded: both ways were tried.")
NOT_HANDED_IN = gettext_lazy(
    "The file could not be submitted for transcoding yet. The platform keeps trying."
)
NOT_HANDED_IN_ADVICE = gettext_lazy(
    "You need not do anything; you can retry now, and tell the school if it still fails."
)
ADVICE = {
    Failure.STUCK: gettext_lazy("You can have it transcoded again from the start."),
    Failure.REFUSED: gettext_lazy(
        "Try again once; if it is refused again, tell the school the technical detail."
    ),
    Failure.GONE: gettext_lazy("Try again: the platform still has the file."),
}
# For a file that the cloud could not transcode.
ADVICE_BY_KIND = {
    FileKind.DOCUMENT: gettext_lazy(
        "Open the file, save it again without a password, best as PDF, and upload that; or try again as it is."
    ),
    FileKind.VIDEO: gettext_lazy(
        "Convert it to MP4 (H.264) and upload that; or try again as it is."
    ),
    FileKind.AUDIO: gettext_lazy("Convert it to MP3 and upload that; or try again as it is."),
    FileKind.IMAGE: gettext_lazy(
        "Save it again as PNG or JPEG and upload that; or try again as it is."
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reason for which courseware is in its state; what the cloud says; what can be done; what happens by itself."""

    sentence: str
    # What the cloud's code means, when it is a known one; then the cloud's own words are for the helper.
    cause: str
    cloud_reason: str
    advice: str
    asking: str
    silence: str


def explain(courseware: Courseware, at: dt.datetime) -> Explanation:
    is_asked = is_moving(courseware) or is_stuck(courseware)
    reason = reason_told(courseware)
    return Explanation(
        sentence=_sentence(courseware, at),
        cause=str(reason.sentence) if reason else "",
        cloud_reason=courseware.cloud_reason if courseware.has_failed else "",
        advice=_advice(courseware),
        asking=_asking(courseware, at) if is_asked else "",
        silence=_silence(courseware, at) if is_asked else "",
    )


def _sentence(courseware: Courseware, at: dt.datetime) -> str:
    if waits_to_be_submitted(courseware):
        return _waiting_sentence(courseware, at)
    if is_stuck(courseware) and courseware.due_at is None:
        return _("Transcoding had not finished after a day, so checks have ended.")
    if courseware.has_failed:
        return _failure_sentence(courseware)
    if courseware.is_ready and not courseware.is_transcoded:
        return _("It is shown in class as it is, without transcoding.")
    if is_moving(courseware) and courseware.transcode_type == TranscodeType.SPARE:
        return str(SECOND_WAY)
    return str(SENTENCES[CoursewareState(courseware.state)])


def _waiting_sentence(courseware: Courseware, at: dt.datetime) -> str:
    if courseware.has_failed or courseware.unreachable_since is not None:
        return str(NOT_HANDED_IN)
    if courseware.transcode_type == TranscodeType.SPARE:
        return str(SECOND_WAY)
    is_far = courseware.due_at is not None and courseware.due_at > at + LAST_ASK
    return str(SUBMITTED_LATER if is_far else SENTENCES[CoursewareState.QUEUED])


def _failure_sentence(courseware: Courseware) -> str:
    failure = Failure(courseware.failure or Failure.CLOUD)
    if failure is Failure.CLOUD and courseware.transcode_type == TranscodeType.SPARE:
        return str(FAILED_BOTH_WAYS)
    return str(FAILURES[failure])


def _advice(courseware: Courseware) -> str:
    if is_moving(courseware):
        return _("You may close this page: the platform continues automatically.")
    if not courseware.has_failed:
        return ""
    if waits_to_be_submitted(courseware):
        return str(NOT_HANDED_IN_ADVICE)
    reason = reason_told(courseware)
    if reason is not None:
        return str(reason.advice)
    failure = Failure(courseware.failure or Failure.CLOUD)
    return str(ADVICE.get(failure) or ADVICE_BY_KIND[FileKind(courseware.kind)])


def _asking(courseware: Courseware, at: dt.datetime) -> str:
    if courseware.unreachable_since is not None or courseware.due_at is None:
        return ""
    upcoming = next_moment_text(courseware.due_at, at)
    if waits_to_be_submitted(courseware):
        return _("It will be submitted for transcoding at %(time)s.") % {"time": upcoming}
    if courseware.asked_at is None:
        return _("The platform checks at %(time)s.") % {"time": upcoming}
    times = {"asked": moment_text(courseware.asked_at, at), "time": upcoming}
    return _("The platform last checked at %(asked)s and checks next at %(time)s.") % times


def _silence(courseware: Courseware, at: dt.datetime) -> str:
    if courseware.unreachable_since is None or courseware.due_at is None:
        return ""
    times = {
        "since": moment_text(courseware.unreachable_since, at),
        "time": next_moment_text(courseware.due_at, at),
    }
    if waits_to_be_submitted(courseware):
        return (
            _(
                "The file could not be submitted for transcoding since %(since)s; the next try is at %(time)s. Nothing is lost: the platform has the file."
            )
            % times
        )
    return (
        _(
            "The transcoding service could not be reached since %(since)s; the next try is at %(time)s. Nothing is lost: the platform has the file."
        )
        % times
    )
