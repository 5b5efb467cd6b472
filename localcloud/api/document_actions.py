"""The courseware actions of the API.

Assumed, because the cloud's pages are silent: lists are newest first, a room's in the order of binding; an
empty list is null, which the pages allow; Keyword is a part of the name, whatever the case; several
permissions are alternatives; without Owner the documents of all owners with these permissions are meant; a
document may be bound in any state, to a room in any state; binding it again changes BindType;
AutoHandleUnsupportedElement has no effect here; unbinding a document that is not bound is
ResourceNotFound.Document; deleting a document or a room deletes its bindings.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud
from localcloud.errors import CloudError
from localcloud.state import bindings, documents, rooms, users
from localcloud.state.documents import PRIVATE, PUBLIC, Document

OWN_AND_ALL_PUBLIC = 2  # exists in queries only
DEFAULT_BY_ROOM = 100
_APP = {"SdkAppId": Parameter("int", required=True)}
_PERMISSIONS = frozenset({PRIVATE, PUBLIC, OWN_AND_ALL_PUBLIC})
CREATE_DOCUMENT = {
    **_APP,
    "DocumentUrl": Parameter("text", required=True, low=1),
    "DocumentName": Parameter("text", required=True, low=1),
    "Owner": Parameter("text", required=True, low=1),
    "TranscodeType": Parameter("int", choices=frozenset({0, 1, 2, 3})),
    "Permission": Parameter("int", choices=frozenset({PRIVATE, PUBLIC})),
    "DocumentType": Parameter("text"),
    "DocumentSize": Parameter("int", low=0),
    "AutoHandleUnsupportedElement": Parameter("flag"),
    "MinScaleResolution": Parameter("text"),
}
DOCUMENT_ID = {"DocumentId": Parameter("text", required=True)}
BATCH_DESCRIBE_DOCUMENT = {
    **_APP,
    "Page": Parameter("int", required=True, low=1),
    "Limit": Parameter("int", required=True, low=1, high=200),
    "Permission": Parameter("ints", required=True, low=1, choices=_PERMISSIONS),
    "Owner": Parameter("text"),
    "Keyword": Parameter("text"),
    "DocumentId": Parameter("texts"),
}
DESCRIBE_DOCUMENTS_BY_ROOM = {
    **_APP,
    "RoomId": Parameter("int", required=True),
    "Page": Parameter("int", low=1),
    "Limit": Parameter("int", low=1, high=1000),
    "Permission": Parameter("ints", low=1, choices=_PERMISSIONS),
    "Owner": Parameter("text"),
}
UNBIND_DOCUMENT = {**DOCUMENT_ID, "RoomId": Parameter("int", required=True)}
BIND_DOCUMENT = {**UNBIND_DOCUMENT, "BindType": Parameter("int")}
_DEFAULTS = {
    "TranscodeType": documents.PLAIN,
    "Permission": PRIVATE,
    "DocumentSize": 0,
    "AutoHandleUnsupportedElement": False,
    "MinScaleResolution": "",
}


def create_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    if users.find(cloud, params["Owner"]) is None:
        raise CloudError("ResourceNotFound.User", "The owner is not registered.")
    fields = {**_DEFAULTS, **params}
    del fields["SdkAppId"]
    fields["DocumentType"] = params.get("DocumentType") or _suffix(params["DocumentUrl"])
    return {"DocumentId": documents.add(cloud, fields).document_id}


def describe_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    return described(cloud, documents.get(cloud, params["DocumentId"]))


def batch_describe_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    wanted, keyword = params.get("DocumentId"), params.get("Keyword", "").casefold()
    found = [
        document
        for document in reversed(documents.all_documents(cloud))
        if _is_permitted(document, params["Permission"], params.get("Owner", ""))
        and keyword in document.fields["DocumentName"].casefold()
        and (not wanted or document.document_id in wanted)
    ]
    return _listed(cloud, found, page=params["Page"], limit=params["Limit"])


def describe_documents_by_room(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    permissions = params.get("Permission", [OWN_AND_ALL_PUBLIC])
    bound = [binding.document for binding in bindings.of_room(cloud, room.room_id)]
    found = [each for each in bound if _is_permitted(each, permissions, params.get("Owner", ""))]
    limit = params.get("Limit", DEFAULT_BY_ROOM)
    return _listed(cloud, found, page=params.get("Page", 1), limit=limit)


def bind_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    document = documents.get(cloud, params["DocumentId"])
    bindings.bind(cloud, room, document, bind_type=params.get("BindType", 0))
    return {}


def unbind_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    room = rooms.get(cloud, params["RoomId"])
    if not bindings.unbind(cloud, room, documents.get(cloud, params["DocumentId"])):
        raise CloudError("ResourceNotFound.Document", "The document is not bound to the room.")
    return {}


def delete_document(cloud: Cloud, params: dict[str, Any]) -> dict[str, Any]:
    documents.delete(cloud, documents.get(cloud, params["DocumentId"]))
    return {}


def described(cloud: Cloud, document: Document) -> dict[str, Any]:
    """Return a document as DescribeDocument does."""
    names = ("DocumentUrl", "DocumentName", "Owner", "Permission", "TranscodeType", "DocumentType")
    size = f"{document.width}x{document.height}" if document.width else ""
    return {
        **{name: document.fields[name] for name in (*names, "MinScaleResolution")},
        "DocumentId": document.document_id,
        "SdkAppId": cloud.config.sdk_app_id,
        "TranscodeResult": documents.result_of(cloud, document),
        "TranscodeProgress": documents.progress_of(cloud, document),
        "TranscodeState": document.state,
        "TranscodeInfo": document.info,
        "DocumentSize": document.size_bytes,
        "UpdateTime": document.updated_s,
        "Pages": document.pages,
        "Preview": documents.preview_of(cloud, document),
        "Resolution": size,
    }


def _listed(cloud: Cloud, found: list[Document], *, page: int, limit: int) -> dict[str, Any]:
    shown = found[(page - 1) * limit : page * limit]
    return {"Total": len(found), "Documents": [_info(cloud, each) for each in shown] or None}


def _info(cloud: Cloud, document: Document) -> dict[str, Any]:
    """Return a document as lists do: with a cover, and with width and height when it is static."""
    return {
        **described(cloud, document),
        "Width": document.width if document.is_static else 0,
        "Height": document.height if document.is_static else 0,
        "Cover": documents.cover_of(cloud, document),
    }


def _is_permitted(document: Document, permissions: list[int], owner: str) -> bool:
    is_own = owner in {"", document.fields["Owner"]}
    permission = document.fields["Permission"]
    if OWN_AND_ALL_PUBLIC in permissions and (is_own or permission == PUBLIC):
        return True
    return is_own and permission in permissions


def _suffix(url: str) -> str:
    try:
        return PurePosixPath(urlsplit(url).path).suffix.removeprefix(".").lower()
    except ValueError:
        return ""  # not an address: fetching it will fail and say why
