"""What tests of documents do and wait for."""

from __future__ import annotations

from typing import Any

from tests.localcloud.conftest import SDK_APP_ID, Api, eventually

URL = "https://files.invalid/a.png"


def create(api: Api, owner: dict[str, Any], url: str, **more: Any) -> str:
    """Create a document, of TranscodeType 1 unless told otherwise."""
    fields = {"DocumentUrl": url, "DocumentName": "诗经", "TranscodeType": 1, **more}
    answer = api.call("CreateDocument", SdkAppId=SDK_APP_ID, Owner=owner["UserId"], **fields)
    return str(answer["DocumentId"])


def plain(api: Api, owner: dict[str, Any], **more: Any) -> str:
    """Create a document that needs no transcode."""
    return create(api, owner, more.pop("url", URL), **{"TranscodeType": 0, **more})


def bind(api: Api, room_id: int, document_id: str, **more: int) -> None:
    api.call("BindDocumentToRoom", RoomId=room_id, DocumentId=document_id, **more)


def describe(api: Api, document_id: str) -> dict[str, Any]:
    answer = api.call("DescribeDocument", DocumentId=document_id)
    del answer["RequestId"]
    return answer


def ended(api: Api, document_id: str) -> dict[str, Any]:
    """Wait until a transcode has succeeded or failed, and return the document."""
    return eventually(
        lambda: describe(api, document_id), lambda document: document["TranscodeState"] in {2, 3}
    )


def done(api: Api, document_id: str) -> dict[str, Any]:
    document = ended(api, document_id)
    assert document["TranscodeState"] == 3, document
    return document


def failure(api: Api, document_id: str) -> tuple[int, str, str]:
    """Wait for the end and return state, code and words."""
    document = ended(api, document_id)
    return document["TranscodeState"], document["TranscodeResult"], document["TranscodeInfo"]


def listed(api: Api, **more: Any) -> list[dict[str, Any]]:
    fields = {"Page": 1, "Limit": 200, "Permission": [0, 1], **more}
    answer = api.call("BatchDescribeDocument", SdkAppId=SDK_APP_ID, **fields)
    return list(answer["Documents"] or [])
