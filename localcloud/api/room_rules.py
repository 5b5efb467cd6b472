"""The rules of a room's fields: parameters of CreateRoom and ModifyRoom, and the rules across fields.

Assumed, because the cloud's pages are silent: a value that no page lists is refused; RecordLayout defaults to
0 (CreateRoom's text; DescribeRoom's says 3 for videodoc); only ordinary classes (LiveType 0) are held here;
there are no groups here, so any GroupId is unknown; RoomType 3 cannot be reached by ModifyRoom, which lists
0, 1 and 2 only, but a room that already has it may send it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import edition, refused_words

MAX_SPAN_S = 72 * 3600
MAX_MIC_BY_TYPE = {0: 16, 1: 1, 3: 16}
MAX_MIC_ABOVE_SD = 6
LAST_TIME_S = 253_402_300_799  # end of the year 9999: later times cannot be shown
ROUND_TABLE = 3

_TEXT = Parameter("text")
_TEXTS = Parameter("texts")
_FLAG = Parameter("int", choices=frozenset({0, 1}))
_UP_TO_2 = Parameter("int", choices=frozenset({0, 1, 2}))

_SHARED: dict[str, Parameter] = {
    "SdkAppId": Parameter("int", required=True),
    "TeacherId": _TEXT,
    "AutoMic": _FLAG,
    "AudioQuality": _FLAG,
    "DisableRecord": Parameter(
        "int", choices=frozenset({0, 1, 2, 3}), refusal="InvalidParameter.DisableRecord"
    ),
    "Assistants": _TEXTS,
    "RecordLayout": Parameter(
        "int", choices=frozenset({0, 1, 2, 3, 4, 5, 9}), refusal="InvalidParameter.RecordLayout"
    ),
    "GroupId": _TEXT,
    "EnableDirectControl": _FLAG,
    "InteractionMode": _FLAG,
    "VideoOrientation": _FLAG,
    "IsGradingRequiredPostClass": _FLAG,
    "RoomType": Parameter(
        "int", choices=frozenset(MAX_MIC_BY_TYPE), refusal="InvalidParameter.RoomTypeInvalid"
    ),
    "EndDelayTime": Parameter("int", low=-1, high=120),
    "LiveType": Parameter("int", choices=frozenset({0}), refusal="InvalidParameter.LiveType"),
    "RecordLiveUrl": _TEXT,
    "EnableAutoStart": _FLAG,
    "RecordScene": _TEXT,
    "RecordLang": _TEXT,
    "WhiteBoardSnapshotMode": _UP_TO_2,
    "SubtitlesTranscription": _UP_TO_2,
    "Guests": _TEXTS,
    "RecordMerge": _FLAG,
    "EnableLiveRelay": _FLAG,
}


def _named_and_timed(*, required: bool) -> dict[str, Parameter]:
    return {
        "Name": Parameter("text", required=required, low=1, high=256),
        "StartTime": Parameter("int", required=required, high=LAST_TIME_S),
        "EndTime": Parameter("int", required=required, high=LAST_TIME_S),
        "Resolution": Parameter("int", required=required, choices=frozenset({1, 2, 3})),
        "MaxMicNumber": Parameter("int", required=required),
        "SubType": Parameter("text", required=required, choices=frozenset({"videodoc", "video"})),
    }


CREATE_ROOM: dict[str, Parameter] = {
    **_SHARED,
    **_named_and_timed(required=True),
    "TurnOffMic": _FLAG,
    "RTCAudienceNumber": Parameter("int"),
    "AudienceType": _UP_TO_2,
    "RecordBackground": _TEXT,
    "RecordStream": _FLAG,
}
MODIFY_ROOM: dict[str, Parameter] = {
    **_SHARED,
    **_named_and_timed(required=False),
    "RoomId": Parameter("int", required=True),
}
FROZEN_BY_START = (
    "StartTime",
    "EndTime",
    "TeacherId",
    "Resolution",
    "AutoMic",
    "AudioQuality",
    "SubType",
    "Assistants",
    "GroupId",
    "EnableDirectControl",
    "RecordLayout",
    "MaxMicNumber",
    "DisableRecord",
)


def defaults() -> dict[str, Any]:
    """Return the values of fields that CreateRoom left out."""
    empty: dict[str, Any] = {"int": 0, "text": "", "texts": []}
    optional = {name: each for name, each in CREATE_ROOM.items() if not each.required}
    return {name: empty[each.kind] for name, each in optional.items()}


def check_fields(cloud: Cloud, fields: Mapping[str, Any], *, changed: Collection[str]) -> None:
    """Check a room's fields as they would be; only `changed` ones are checked against the clock and the users.

    Raises:
        CloudError: the first rule that is broken.
    """
    if "Name" in changed:
        check_words(cloud, fields["Name"])
    if "StartTime" in changed and fields["StartTime"] < cloud.now_s():
        raise CloudError("InvalidParameter.StartTime", "StartTime lies in the past.")
    if {"StartTime", "EndTime"} & set(changed):
        _check_span(fields["StartTime"], fields["EndTime"])
    if "DisableRecord" in changed:
        edition.check_record_mode(cloud, fields["DisableRecord"])
    _check_stage(fields)
    _check_people(cloud, {name: fields[name] for name in changed})


def check_words(cloud: Cloud, text: str) -> None:
    if any(word in text for word in refused_words.load(cloud)):
        raise CloudError("InvalidParameter.Content", "The text holds a refused word.")


def _check_span(start_s: int, end_s: int) -> None:
    if end_s <= start_s:
        raise CloudError("InvalidParameter.EndTime", "EndTime does not lie after StartTime.")
    if end_s - start_s > MAX_SPAN_S:
        hours = MAX_SPAN_S // 3600
        raise CloudError(
            "FailedOperation.ClassTooLong", f"The class is booked for more than {hours} hours."
        )


def _check_stage(fields: Mapping[str, Any]) -> None:
    seats = fields["MaxMicNumber"]
    if not 0 <= seats <= MAX_MIC_BY_TYPE[fields["RoomType"]]:
        raise CloudError("InvalidParameter.MaxMicNumber", "MaxMicNumber does not fit the RoomType.")
    if seats > MAX_MIC_ABOVE_SD and fields["Resolution"] != 1:
        raise CloudError("InvalidParameterValue", "MaxMicNumber above 6 needs Resolution 1.")


def _check_people(cloud: Cloud, changed: Mapping[str, Any]) -> None:
    if changed.get("GroupId"):
        raise CloudError("ResourceNotFound.GroupNotExist", "The group does not exist.")
    named = [*changed.get("Assistants", []), *changed.get("Guests", [])]
    if changed.get("TeacherId"):
        named.append(changed["TeacherId"])
    for user_id in named:
        query = "SELECT 1 FROM users WHERE user_id = ?"
        if cloud.db.execute(query, (user_id,)).fetchone() is None:
            raise CloudError(
                "ResourceNotFound.User", f"The user {user_id[:64]!a} is not registered."
            )
