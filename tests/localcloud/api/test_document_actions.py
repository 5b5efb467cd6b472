"""The courseware actions: creating, describing, listing, deleting."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.localcloud.clients import SDK_APP_ID, Api, Control
from tests.localcloud.courseware import URL, create, describe, listed, plain


def wanted(teacher: dict[str, Any]) -> dict[str, Any]:
    return {
        "SdkAppId": SDK_APP_ID,
        "DocumentUrl": URL,
        "DocumentName": "诗经",
        "Owner": teacher["UserId"],
    }


def test_document_is_described_with_its_defaults(api: Api, teacher: dict[str, Any]) -> None:
    before_s = int(time.time())
    document_id = api.call("CreateDocument", **wanted(teacher))["DocumentId"]

    described = describe(api, document_id)

    assert before_s <= described.pop("UpdateTime") <= time.time()
    assert described == {
        "DocumentId": document_id,
        "DocumentUrl": URL,
        "DocumentName": "诗经",
        "Owner": teacher["UserId"],
        "SdkAppId": SDK_APP_ID,
        "Permission": 0,
        "TranscodeResult": "",
        "TranscodeType": 0,
        "TranscodeProgress": 0,
        "TranscodeState": 0,
        "TranscodeInfo": "",
        "DocumentType": "png",
        "DocumentSize": 0,
        "Pages": 0,
        "Preview": "",
        "Resolution": "",
        "MinScaleResolution": "",
    }


def test_what_was_told_is_kept(api: Api, control: Control, teacher: dict[str, Any]) -> None:
    control.post("/transcoding", stuck=True)
    told = {
        "TranscodeType": 3,
        "Permission": 1,
        "DocumentType": "PPTX",
        "DocumentSize": 12,
        "MinScaleResolution": "1280x720",
    }

    described = describe(api, create(api, teacher, URL, AutoHandleUnsupportedElement=True, **told))

    assert {name: described[name] for name in told} == told
    assert described["TranscodeState"] == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Owner": "nobody"}, "ResourceNotFound.User"),
        ({"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
        ({"TranscodeType": 4}, "InvalidParameterValue"),
        ({"Permission": 2}, "InvalidParameterValue"),
        ({"DocumentSize": -1}, "InvalidParameterValue"),
        ({"DocumentName": ""}, "InvalidParameterValue"),
        ({"AutoHandleUnsupportedElement": 1}, "InvalidParameter"),
        ({"DocumentUrl": None}, "InvalidParameter"),
        ({"Colour": "red"}, "UnknownParameter"),
    ],
)
def test_document_of_a_wrong_form_is_refused(
    api: Api, control: Control, teacher: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    assert api.refusal("CreateDocument", **{**wanted(teacher), **changes}) == code
    assert control.get("/state")["documents"] == []


@pytest.mark.parametrize("name", ["SdkAppId", "DocumentUrl", "DocumentName", "Owner"])
def test_needed_parameter_is_missed(api: Api, teacher: dict[str, Any], name: str) -> None:
    params = wanted(teacher)
    del params[name]

    assert api.refusal("CreateDocument", **params) == "MissingParameter"


@pytest.mark.parametrize(
    ("url", "suffix"),
    [
        ("https://files.invalid/a/b.PDF?sign=x.png", "pdf"),
        ("https://files.invalid/download?name=a.pdf", ""),
        ("http://[::1/a.pdf", ""),
    ],
)
def test_suffix_follows_from_the_address(
    api: Api, teacher: dict[str, Any], url: str, suffix: str
) -> None:
    assert describe(api, plain(api, teacher, url=url))["DocumentType"] == suffix


@pytest.mark.parametrize("action", ["DescribeDocument", "DeleteDocument"])
def test_unknown_document_is_not_found(api: Api, teacher: dict[str, Any], action: str) -> None:
    plain(api, teacher)

    assert api.refusal(action, DocumentId="nothing") == "ResourceNotFound.Document"


def test_deleted_document_is_gone_and_others_stay(api: Api, teacher: dict[str, Any]) -> None:
    gone, kept = plain(api, teacher), plain(api, teacher)

    api.call("DeleteDocument", DocumentId=gone)

    assert api.refusal("DescribeDocument", DocumentId=gone) == "ResourceNotFound.Document"
    assert [each["DocumentId"] for each in listed(api)] == [kept]


def test_documents_outlive_their_owner(api: Api, teacher: dict[str, Any]) -> None:
    document_id = plain(api, teacher)

    api.call("DeleteUser", UserId=teacher["UserId"])

    assert describe(api, document_id)["Owner"] == teacher["UserId"]


# --- Lists --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "permission", "names"),
    [
        ("teacher", [0], ["own private"]),
        ("teacher", [1], ["own public"]),
        ("teacher", [0, 1], ["own public", "own private"]),
        ("teacher", [2], ["other's public", "own public", "own private"]),
        ("teacher", [0, 2], ["other's public", "own public", "own private"]),
        ("", [0], ["other's private", "own private"]),
        ("", [1], ["other's public", "own public"]),
        ("", [2], ["other's public", "other's private", "own public", "own private"]),
    ],
)
def test_list_is_narrowed_by_owner_and_permission(
    api: Api,
    teacher: dict[str, Any],
    student: dict[str, Any],
    owner: str,
    permission: list[int],
    names: list[str],
) -> None:
    for word, user in (("own", teacher), ("other's", student)):
        for number, name in enumerate(("private", "public")):
            plain(api, user, DocumentName=f"{word} {name}", Permission=number)
    more = {"Owner": teacher["UserId"]} if owner else {}

    found = listed(api, Permission=permission, **more)

    assert [each["DocumentName"] for each in found] == names


def test_list_is_searched_by_a_part_of_the_name(api: Api, teacher: dict[str, Any]) -> None:
    for name in ("Unit 1 诗经", "unit 2 楚辞", "100%_乐府"):
        plain(api, teacher, DocumentName=name)

    found = {
        keyword: [each["DocumentName"] for each in listed(api, Keyword=keyword)]
        for keyword in ("UNIT", "诗经", "%", "")
    }

    assert found == {
        "UNIT": ["unit 2 楚辞", "Unit 1 诗经"],
        "诗经": ["Unit 1 诗经"],
        "%": ["100%_乐府"],
        "": ["100%_乐府", "unit 2 楚辞", "Unit 1 诗经"],
    }


def test_list_of_named_documents_passes_over_unknown_ones(
    api: Api, teacher: dict[str, Any]
) -> None:
    ids = [plain(api, teacher) for _ in range(3)]

    found = listed(api, DocumentId=[ids[0], "nothing", ids[2]])

    assert [each["DocumentId"] for each in found] == [ids[2], ids[0]]


def test_list_comes_in_pages(api: Api, teacher: dict[str, Any]) -> None:
    ids = [plain(api, teacher) for _ in range(5)]
    params = {"SdkAppId": SDK_APP_ID, "Permission": [0], "Limit": 2}

    pages = [api.call("BatchDescribeDocument", Page=page, **params) for page in (1, 2, 3, 4)]

    shown = [[each["DocumentId"] for each in page["Documents"] or []] for page in pages]
    assert shown == [ids[:2:-1], ids[2:0:-1], ids[:1], []]
    assert [page["Total"] for page in pages] == [5] * 4
    assert pages[3]["Documents"] is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Limit": 201}, "InvalidParameterValue"),
        ({"Limit": 0}, "InvalidParameterValue"),
        ({"Page": 0}, "InvalidParameterValue"),
        ({"Permission": []}, "InvalidParameterValue"),
        ({"Permission": [3]}, "InvalidParameterValue"),
        ({"Permission": 1}, "InvalidParameter"),
        ({"SdkAppId": 1}, "InvalidParameter.SdkAppId"),
    ],
)
def test_list_of_a_wrong_form_is_refused(api: Api, changes: dict[str, Any], code: str) -> None:
    params = {"SdkAppId": SDK_APP_ID, "Page": 1, "Limit": 200, "Permission": [0], **changes}

    assert api.refusal("BatchDescribeDocument", **params) == code


def test_control_shows_and_deletes_documents(
    api: Api, control: Control, teacher: dict[str, Any], room_id: int
) -> None:
    document_id = plain(api, teacher)
    api.call("BindDocumentToRoom", RoomId=room_id, DocumentId=document_id, BindType=1)
    described = describe(api, document_id)

    before = control.get("/state")
    answers = [control.post(f"/documents/{document_id}/delete").status_code for _ in range(2)]
    after = control.get("/state")

    assert before["documents"] == [{**described, "Cover": "", "Rooms": [room_id]}]
    assert before["rooms"][0]["Documents"] == [{"DocumentId": document_id, "BindType": 1}]
    assert answers == [200, 404]
    assert (after["documents"], after["rooms"][0]["Documents"]) == ([], [])
