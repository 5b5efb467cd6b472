"""The forms of the console, which set faults and change rooms.

A form counts only when the browser says that it comes from this origin.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from localcloud.api import faults
from localcloud.callbacks import callback_settings, events
from localcloud.cloud import Cloud
from localcloud.control import operations
from localcloud.errors import OperationError
from localcloud.http.messages import Request, Response, html_response, redirect
from localcloud.state import attendance_settings, recording_settings, transcode_settings

HOME = "/console"


def post(cloud: Cloud, request: Request) -> Response:
    """Carry out one form and go back to the console."""
    if not _is_same_origin(request):
        return html_response("forms of other origins are refused", status=403)
    try:
        for pattern, handle in FORMS:
            if found := re.fullmatch(pattern, request.path):
                handle(cloud, request, found)
                return redirect(HOME)
    except OperationError as error:
        return html_response(error.reason, status=error.status)
    except ValueError as error:  # a bad number, fault or setting
        return html_response(escape(str(error)), status=400)
    return html_response("no such form", status=404)


def _is_same_origin(request: Request) -> bool:
    """Trust what a browser cannot be made to send: the origin of the page that holds the form."""
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if origin not in {None, "null"}:
        return origin in {f"http://{host}", f"https://{host}"}
    return request.headers.get("sec-fetch-site") == "same-origin"


def _add_fault(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    times, seconds = form.get("times", ""), form.get("seconds", "")
    faults.add(
        cloud,
        {
            "action": form.get("action", ""),
            "kind": form.get("kind", ""),
            "code": form.get("code") or None,
            "times": int(times) if times else None,
            "seconds": float(seconds) if seconds else None,
        },
    )


def _clear_faults(cloud: Cloud, _request: Request, _found: re.Match[str]) -> None:
    faults.clear(cloud)


def _clear_fault(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    faults.clear(cloud, int(found[1]))


def _change_room(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.change_room(cloud, int(found[1]), found[2])


def _delete_user(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.delete_user(cloud, found[1])


def _set_limits(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_limits(cloud, request.form().get("enforce") == "1")


def _set_edition(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    edition = {
        "app_version": int(form.get("app_version", "")),
        "has_marquee": "has_marquee" in form,
    }
    operations.set_edition(cloud, edition)


def _set_clock(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_clock(cloud, int(request.form().get("offset_s", "")))


def _set_words(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    operations.set_words(cloud, request.form().get("refused", "").split())


def _add_recording(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.add_recording(cloud, int(found[1]), {})


def _break_recording(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.break_recording(cloud, int(found[1]))


def _delete_recordings(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.delete_recordings(cloud, int(found[1]))


def _set_recording(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    wanted: dict[str, object] = {
        name: name in form for name in ("enabled", "storage_full", "describe_record_silent")
    }
    wanted["delay_s"] = float(form.get("delay_s") or 0)
    wanted["file_format"] = form.get("file_format", recording_settings.MP4)
    if form.get("vod_key"):  # never shown, so that an empty field leaves it
        wanted["vod_key"] = form["vod_key"]
    if "no_vod_key" in form:
        wanted["vod_key"] = ""
    recording_settings.change(cloud, wanted)


def _delete_playback(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.delete_playback(cloud, int(found[1]))


def _set_transcoding(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    transcode_settings.change(
        cloud,
        {
            "delay_s": float(form.get("delay_s") or 0),
            "stuck": "stuck" in form,
            "zero_pages": "zero_pages" in form,
            "fail": form.get("fail", ""),
            "document_limit": int(form.get("document_limit") or 0),
        },
    )


def _set_attendance(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    attendance_settings.change(
        cloud,
        {
            "late_s": float(form.get("late_s") or 0),
            "never": "never" in form,
            "refuse": form.get("refuse", ""),
            "garble": form.get("garble", ""),
            "page_size": int(form.get("page_size") or attendance_settings.MAX_PAGE),
            "current": form.get("current", attendance_settings.CURRENT_PRESENT),
            "dropped_s": float(form.get("dropped_s") or 0),
            "events": form.get("events", attendance_settings.EVENTS_ALL),
            "keyword_limit": int(form.get("keyword_limit") or 0),
            "heartbeat_s": float(form.get("heartbeat_s") or 0),
        },
    )


def _join_room(cloud: Cloud, request: Request, found: re.Match[str]) -> None:
    operations.join_room(cloud, int(found[1]), {"user_id": request.form().get("user_id", "")})


def _leave_room(cloud: Cloud, request: Request, found: re.Match[str]) -> None:
    form = request.form()
    reason = int(form.get("reason") or events.REASON_LEFT)
    wanted = {"user_id": form.get("user_id", ""), "reason": reason}
    operations.leave_room(cloud, int(found[1]), wanted)


def _delete_document(cloud: Cloud, _request: Request, found: re.Match[str]) -> None:
    operations.delete_document(cloud, found[1])


def _set_callbacks(cloud: Cloud, request: Request, _found: re.Match[str]) -> None:
    form = request.form()
    wanted: dict[str, object] = {"url": form.get("url", "")}
    if form.get("key"):  # the key is never shown, so that an empty field leaves it
        wanted["key"] = form["key"]
    for name in ("enabled", "reorder", "forge"):
        wanted[name] = name in form
    for name in ("lose", "double"):
        wanted[name] = float(form.get(name) or 0)
    wanted["delay_s"] = [float(form.get(name) or 0) for name in ("delay_from_s", "delay_to_s")]
    wanted["seed"] = int(form["seed"]) if form.get("seed") else None
    wanted["retry_s"] = [float(each) for each in form.get("retry_s", "").split()]
    callback_settings.change(cloud, wanted)


def _reset(cloud: Cloud, _request: Request, _found: re.Match[str]) -> None:
    cloud.reset()


FORMS: tuple[tuple[str, Callable[[Cloud, Request, re.Match[str]], None]], ...] = (
    ("/console/switches", _add_fault),
    ("/console/switches/clear", _clear_faults),
    (r"/console/switches/([0-9]{1,18})/clear", _clear_fault),
    (r"/console/rooms/([0-9]{1,18})/(start|end|expire|delete)", _change_room),
    (r"/console/rooms/([0-9]{1,18})/record", _add_recording),
    (r"/console/rooms/([0-9]{1,18})/break_record", _break_recording),
    (r"/console/rooms/([0-9]{1,18})/delete_records", _delete_recordings),
    (r"/console/rooms/([0-9]{1,18})/delete_playback", _delete_playback),
    ("/console/recording", _set_recording),
    (r"/console/rooms/([0-9]{1,18})/join", _join_room),
    (r"/console/rooms/([0-9]{1,18})/leave", _leave_room),
    ("/console/attendance", _set_attendance),
    ("/console/transcoding", _set_transcoding),
    (r"/console/documents/([0-9a-z]{1,32})/delete", _delete_document),
    ("/console/callbacks", _set_callbacks),
    (r"/console/users/(\w{1,64})/delete", _delete_user),
    ("/console/limits", _set_limits),
    ("/console/edition", _set_edition),
    ("/console/clock", _set_clock),
    ("/console/words", _set_words),
    ("/console/reset", _reset),
)
