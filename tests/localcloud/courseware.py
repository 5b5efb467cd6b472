"""Common steps and waits of tests of documents."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import requests
from PIL import Image

from localcloud.http.server import RunningCloud
from tests.localcloud.clients import SDK_APP_ID, Api, eventually

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


def picture(url: str) -> Image.Image:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def middle(image: Image.Image) -> tuple[int, ...]:
    """Return the colour in the middle, rounded to what JPEG keeps."""
    pixel = image.getpixel((image.width // 2, image.height // 2))
    assert isinstance(pixel, tuple)
    return tuple(round(part / 255) for part in pixel)


def files_below(cloud: RunningCloud) -> list[Path]:
    return [path for path in cloud.cloud.config.media_path.rglob("*") if path.is_file()]


def told(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what a callback tells of a document."""
    names = ("DocumentId", "DocumentName", "Owner", "TranscodeType", "TranscodeState")
    more = ("TranscodeProgress", "TranscodeResult", "TranscodeInfo", "Pages")
    return {**{name: document[name] for name in (*names, *more)}, **changes}
