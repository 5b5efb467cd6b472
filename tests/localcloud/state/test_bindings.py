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


def test_room_without_documents_lists_null(api: Api, room_id: int) -> None:
    answer = api.call("DescribeDocumentsByRoom", SdkAppId=SDK_APP_ID, RoomId=room_id)

    assert (answer["Total"], answer["Documents"]) == (0, None)


@pytest.mark.parametrize(
    ("more", "shown"),
    [
        ({}, [0, 1, 2]),
        ({"Permission": [0]}, [0]),
        ({"Permission": [1]}, [1, 2]),
        ({"Limit": 2, "Page": 2}, [2]),
    ],
)
def test_rooms_list_is_narrowed(
    api: Api, teacher: dict[str, Any], room_id: int, more: dict[str, Any], shown: list[int]
) -> None:
    ids = [plain(api, teacher, Permission=permission) for permission in (0, 1, 1)]
    for document_id in ids:
        bind(api, room_id, document_id)

    assert in_room(api, room_id, **more) == [ids[number] for number in shown]


def test_rooms_list_is_narrowed_by_owner(
    api: Api, teacher: dict[str, Any], student: dict[str, Any], room_id: int
) -> None:
    own, foreign = plain(api, teacher), plain(api, student)
    public = plain(api, student, Permission=1)
    for document_id in (own, foreign, public):
        bind(api, room_id, document_id)

    assert in_room(api, room_id, Owner=teacher["UserId"]) == [own, public]


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


@pytest.mark.parametrize("action", ["BindDocumentToRoom", "UnbindDocumentFromRoom"])
def test_unknown_room_or_document_is_not_found(
    api: Api, teacher: dict[str, Any], room_id: int, action: str
) -> None:
    document_id = plain(api, teacher)

    refusals = [
        api.refusal(action, RoomId=1, DocumentId=document_id),
        api.refusal(action, RoomId=room_id, DocumentId="nothing"),
    ]

    assert refusals == ["ResourceNotFound.Room", "ResourceNotFound.Document"]


def test_document_that_is_not_bound_cannot_be_unbound(
    api: Api, teacher: dict[str, Any], room_id: int
) -> None:
    document_id = plain(api, teacher)

    code = api.refusal("UnbindDocumentFromRoom", RoomId=room_id, DocumentId=document_id)

    assert code == "ResourceNotFound.Document"


def test_list_of_an_unknown_room_is_refused(api: Api) -> None:
    code = api.refusal("DescribeDocumentsByRoom", SdkAppId=SDK_APP_ID, RoomId=1)

    assert code == "ResourceNotFound.Room"


@pytest.mark.parametrize("limit", [None, 2, 0])
def test_room_holds_a_limited_number(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int, limit: int | None
) -> None:
    if limit is not None:
        control.post("/transcoding", document_limit=limit)
    most = 10 if limit is None else limit
    ids = [plain(api, teacher) for _ in range(most + 1)]
    for document_id in ids[:most]:
        bind(api, room_id, document_id)

    code = api.refusal("BindDocumentToRoom", RoomId=room_id, DocumentId=ids[most])

    assert code == "LimitExceeded.ClassDocumentLimit"
    assert in_room(api, room_id) == ids[:most]


def test_full_room_takes_what_it_holds_and_what_follows_an_unbinding(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int
) -> None:
    control.post("/transcoding", document_limit=1)
    first, second = plain(api, teacher), plain(api, teacher)
    bind(api, room_id, first)

    bind(api, room_id, first, BindType=1)
    api.call("UnbindDocumentFromRoom", RoomId=room_id, DocumentId=first)
    bind(api, room_id, second)

    assert in_room(api, room_id) == [second]


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
