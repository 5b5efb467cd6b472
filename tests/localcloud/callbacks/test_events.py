"""Callbacks: which events are sent, and what they hold."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.localcloud import coursefiles
from tests.localcloud.clients import HOUR_S, SDK_APP_ID, Api, ClassPage, Control
from tests.localcloud.courseware import create, done, ended, plain, told
from tests.localcloud.filesite import Site
from tests.localcloud.receiver import Receiver
from tests.localcloud.signed import KEY, events, sign, silent_room


@pytest.fixture(autouse=True)
def called_back(control: Control, receiver: Receiver) -> None:
    control.post("/callbacks", url=receiver.url, key=KEY)


def test_envelope_is_signed_and_complete(api: Api, control: Control, receiver: Receiver) -> None:
    control.shift_clock(HOUR_S)
    now_s = int(time.time())
    room_id = silent_room(api, control, StartTime=now_s + 2 * HOUR_S, EndTime=now_s + 3 * HOUR_S)
    events(receiver, 1)

    body = receiver.received[0]

    assert sign(KEY, 1614151508) == "b9454ab5a85f9b7ad36071f5688ed34d"  # the vendor's example
    assert receiver.content_types == ["application/json"]
    assert body.pop("Sign") == sign(KEY, body["ExpireTime"])
    assert abs(body.pop("ExpireTime") - time.time() - 300) < 15
    assert abs(body.pop("Timestamp") - time.time() - HOUR_S) < 15
    assert body == {
        "SdkAppId": SDK_APP_ID,
        "EventType": "RoomStart",
        "EventData": {"RoomId": room_id},
    }


def test_class_from_start_to_recording(
    api: Api,
    control: Control,
    receiver: Receiver,
    class_page: ClassPage,
    room_id: int,
    teacher: dict[str, Any],
    student: dict[str, Any],
) -> None:
    class_page.visit(room_id, teacher)
    class_page.visit(room_id, student)
    class_page.press("start", room_id, teacher)
    class_page.press("leave", room_id, student)
    class_page.press("end", room_id, teacher)
    recording = control.recorded(room_id)[0]

    def member(user: dict[str, Any], role: int) -> dict[str, Any]:
        return {"RoomId": room_id, "UserId": user["UserId"], "Device": 5, "Role": role}

    assert events(receiver, 7) == [
        ("MemberJoin", member(teacher, 1)),
        ("MemberJoin", member(student, 0)),
        ("RoomStart", {"RoomId": room_id}),
        ("MemberQuit", {**member(student, 0), "Reason": 0}),
        ("RoomEnd", {"RoomId": room_id}),
        ("MemberQuit", {**member(teacher, 1), "Reason": 5}),
        (
            "RecordFinish",
            {
                "RoomId": room_id,
                "Duration": recording["Duration"],
                "RecordSize": recording["RecordSize"],
                "RecordUrl": recording["RecordUrl"],
            },
        ),
    ]


def test_end_puts_everybody_out_with_their_roles(
    api: Api, control: Control, receiver: Receiver, class_page: ClassPage
) -> None:
    assistant, supervisor, student = (api.register(name) for name in "甲乙丙")
    room_id = api.create_room(Assistants=[assistant["UserId"]], DisableRecord=1)
    api.call("CreateSupervisor", SdkAppId=SDK_APP_ID, Users=[supervisor["UserId"]])
    class_page.visit(room_id, assistant)
    class_page.visit(room_id, supervisor, role="supervisor")
    class_page.visit(room_id, student)
    for verb in ("start", "end"):
        control.post(f"/rooms/{room_id}/{verb}")

    quits = [data for name, data in events(receiver, 8) if name == "MemberQuit"]

    assert {data["UserId"]: (data["Role"], data["Reason"]) for data in quits} == {
        assistant["UserId"]: (2, 5),
        supervisor["UserId"]: (3, 5),
        student["UserId"]: (0, 5),
    }


def test_second_page_kicks_the_first_out_and_another_room_is_left_for(
    api: Api,
    control: Control,
    receiver: Receiver,
    class_page: ClassPage,
    room_id: int,
    student: dict[str, Any],
) -> None:
    other = api.create_room()
    for _ in range(2):
        class_page.visit(room_id, student)
    class_page.visit(other, student)

    seen = [(name, data["RoomId"], data.get("Reason")) for name, data in events(receiver, 5)]

    # Callbacks of different rooms overtake each other.
    assert [each for each in seen if each[1] == room_id] == [
        ("MemberJoin", room_id, None),
        ("MemberQuit", room_id, 1),
        ("MemberJoin", room_id, None),
        ("MemberQuit", room_id, 0),
    ]
    assert ("MemberJoin", other, None) in seen
    assert (control.members(room_id), control.members(other)) == (
        {},
        {student["UserId"]: "student"},
    )


def test_expiry_is_told_without_anybody_looking(
    control: Control, receiver: Receiver, room_id: int
) -> None:
    control.shift_clock(2 * HOUR_S)

    assert events(receiver, 1) == [("RoomExpire", {"RoomId": room_id})]


def test_overtime_end_is_told_without_anybody_looking(
    api: Api, control: Control, receiver: Receiver
) -> None:
    room_id = silent_room(api, control, EndDelayTime=-1)

    control.shift_clock(2 * HOUR_S)

    assert events(receiver, 2)[1] == ("RoomEnd", {"RoomId": room_id})


def test_late_recording_is_told(api: Api, control: Control, receiver: Receiver) -> None:
    room_id = silent_room(api, control)
    control.post(f"/rooms/{room_id}/end")
    control.post(f"/rooms/{room_id}/record", duration_s=42)

    name, data = events(receiver, 3)[2]

    late = control.recorded(room_id)[0]
    assert (name, data["Duration"], data["RecordUrl"]) == ("RecordFinish", 42, late["RecordUrl"])


def test_refused_visit_causes_no_event(
    control: Control, receiver: Receiver, class_page: ClassPage, room_id: int
) -> None:
    class_page.visit(room_id, {"UserId": "x", "Token": "y"})
    control.post(f"/rooms/{room_id}/start")

    assert events(receiver, 1) == [("RoomStart", {"RoomId": room_id})]


def test_without_an_address_nothing_is_queued(
    api: Api, control: Control, receiver: Receiver
) -> None:
    control.post("/callbacks", url="")
    silent_room(api, control)

    assert (control.deliveries(), receiver.received) == ([], [])


def test_document_from_creation_to_deletion(
    api: Api, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    url = site.put("a.pdf", coursefiles.pdf(producer="排版软件"))
    document = done(api, create(api, teacher, url))
    api.call("DeleteDocument", DocumentId=document["DocumentId"])

    fresh = {
        "TranscodeState": 1,
        "TranscodeProgress": 0,
        "TranscodeResult": "",
        "TranscodeInfo": "",
        "Pages": 0,
    }
    assert events(receiver, 3) == [
        ("DocumentCreate", told(document, **fresh)),
        ("DocumentTranscodeFinish", told(document)),
        ("DocumentDelete", told(document)),
    ]
    first = receiver.received[0]
    assert first["Sign"] == sign(KEY, first["ExpireTime"])


@pytest.mark.parametrize(("deleted", "reason"), [("DeleteUser", 0), ("DeleteRoom", 5)])
def test_deletion_of_user_or_room_ends_the_visit(
    api: Api,
    receiver: Receiver,
    class_page: ClassPage,
    room_id: int,
    student: dict[str, Any],
    deleted: str,
    reason: int,
) -> None:
    class_page.visit(room_id, student)
    params = {"RoomId": room_id} if deleted == "DeleteRoom" else {"UserId": student["UserId"]}
    api.call(deleted, **params)

    name, data = events(receiver, 2)[1]

    assert (name, data["UserId"], data["Reason"]) == ("MemberQuit", student["UserId"], reason)
    assert data["RoomId"] == room_id


def test_failed_transcode_is_told_too(
    api: Api, receiver: Receiver, teacher: dict[str, Any], site: Site
) -> None:
    document = ended(api, create(api, teacher, site.put("a.pdf", b"broken")))

    finish = events(receiver, 2)[1]

    assert finish == ("DocumentTranscodeFinish", told(document))
    assert finish[1]["TranscodeState"] == 2


def test_plain_document_that_vanishes_has_no_transcode_to_tell_of(
    api: Api, control: Control, receiver: Receiver, teacher: dict[str, Any]
) -> None:
    document_id = plain(api, teacher)
    control.post(f"/documents/{document_id}/delete")

    found = events(receiver, 2)

    assert [(name, data["DocumentId"]) for name, data in found] == [
        ("DocumentCreate", document_id),
        ("DocumentDelete", document_id),
    ]
