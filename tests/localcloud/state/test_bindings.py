"""Documents in rooms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localcloud.clients import SDK_APP_ID, Api, Control
from tests.localcloud.courseware import bind, plain


def in_room(api: Api, room_id: int, **more: Any) -> list[str]:
    answer = api.call("DescribeDocumentsByRoom", SdkAppId=SDK_APP_ID, RoomId=room_id, **more)
    return [each["DocumentId"] for each in answer["Documents"] or []]


def test_room_lists_what_is_bound_in_order(api: Api, teacher: dict[str, Any], room_id: int) -> None:
    first, second, _unbound = (plain(api, teacher) for _ in range(3))
    other_room = api.create_room()

    for document_id in (second, first):
        bind(api, room_id, document_id)
    bind(api, other_room, first)

    assert in_room(api, room_id) == [second, first]
    assert in_room(api, other_room) == [first]


def test_binding_again_changes_the_type_only(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int
) -> None:
    first, second = plain(api, teacher), plain(api, teacher)
    for document_id, bind_type in ((first, 0), (second, 7), (first, 1)):
        bind(api, room_id, document_id, BindType=bind_type)

    assert control.room(room_id)["Documents"] == [
        {"DocumentId": first, "BindType": 1},
        {"DocumentId": second, "BindType": 7},
    ]


def test_unbound_document_leaves_its_room_only(
    api: Api, teacher: dict[str, Any], room_id: int
) -> None:
    document_id, other_room = plain(api, teacher), api.create_room()
    for each in (room_id, other_room):
        bind(api, each, document_id)

    api.call("UnbindDocumentFromRoom", RoomId=room_id, DocumentId=document_id)

    assert (in_room(api, room_id), in_room(api, other_room)) == ([], [document_id])


def test_deleted_document_and_deleted_room_are_unbound(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int
) -> None:
    gone, kept = plain(api, teacher), plain(api, teacher)
    for document_id in (gone, kept):
        bind(api, room_id, document_id)

    api.call("DeleteDocument", DocumentId=gone)
    left = in_room(api, room_id)
    api.call("DeleteRoom", RoomId=room_id)

    assert left == [kept]
    assert control.get("/state")["documents"][0]["Rooms"] == []


def test_rooms_list_is_narrowed(
    api: Api, teacher: dict[str, Any], student: dict[str, Any], room_id: int
) -> None:
    own, foreign = plain(api, teacher), plain(api, student)
    public = [plain(api, student, Permission=1) for _ in range(2)]
    for document_id in (own, foreign, *public):
        bind(api, room_id, document_id)

    assert in_room(api, room_id) == [own, foreign, *public]
    assert in_room(api, room_id, Permission=[0]) == [own, foreign]
    assert in_room(api, room_id, Permission=[1]) == public
    assert in_room(api, room_id, Limit=3, Page=2) == public[1:]
    assert in_room(api, room_id, Owner=teacher["UserId"]) == [own, *public]


def test_unknown_room_or_document_is_not_found(
    api: Api, teacher: dict[str, Any], room_id: int
) -> None:
    document_id = plain(api, teacher)
    unbound = api.refusal("UnbindDocumentFromRoom", RoomId=room_id, DocumentId=document_id)
    listed = api.refusal("DescribeDocumentsByRoom", SdkAppId=SDK_APP_ID, RoomId=1)
    empty = api.call("DescribeDocumentsByRoom", SdkAppId=SDK_APP_ID, RoomId=room_id)

    for action in ("BindDocumentToRoom", "UnbindDocumentFromRoom"):
        room = api.refusal(action, RoomId=1, DocumentId=document_id)
        document = api.refusal(action, RoomId=room_id, DocumentId="nothing")
        assert (room, document) == ("ResourceNotFound.Room", "ResourceNotFound.Document")
    assert (unbound, listed) == ("ResourceNotFound.Document", "ResourceNotFound.Room")
    assert (empty["Total"], empty["Documents"]) == (0, None)


@pytest.mark.parametrize("limit", [None, 2, 0])
def test_full_room_takes_only_what_it_holds_already(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int, limit: int | None
) -> None:
    if limit is not None:
        control.post("/transcoding", document_limit=limit)
    most = 10 if limit is None else limit
    *ids, more = [plain(api, teacher) for _ in range(most + 1)]
    for document_id in (*ids, *ids):
        bind(api, room_id, document_id, BindType=1)

    code = api.refusal("BindDocumentToRoom", RoomId=room_id, DocumentId=more)

    assert code == "LimitExceeded.ClassDocumentLimit"
    assert in_room(api, room_id) == ids
    if ids:
        api.call("UnbindDocumentFromRoom", RoomId=room_id, DocumentId=ids[0])
        bind(api, room_id, more)
        assert in_room(api, room_id) == [*ids[1:], more]
