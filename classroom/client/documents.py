"""Courseware (课件) of the cloud: submit, look at, bind to rooms, delete.

Every function raises the errors of `classroom.client.errors`.

Source: LCIC API 3.0, actions *Document* (models of the vendor's Python SDK 3.1.134). Covers come with
lists alone. TranscodeInfo holds words of a failure, and after a success perhaps the program that made
the file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import number, optional_number
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import call, read, repeat_safely, sdk_app_id
from edu_platform.lib.text import redact, storable_text

logger = logging.getLogger(__name__)

PAGE_SIZE = 200
# Documents of one person; with more than these only the earlier pages are looked through.
MAX_PAGES = 100
NAME_MAX_CHARS = 200
# What our columns hold. The vendor's own ids are much shorter, and no document has so many pages.
ID_MAX_CHARS = 128
MAX_PAGE_COUNT = 2**31 - 1
PRIVATE, PUBLIC = 0, 1
# Values of TranscodeState.
NOT_NEEDED, RUNNING, FAILED, DONE = 0, 1, 2, 3
BOUND, BOUND_AND_SHOWN = 0, 1
LIST_ACTION = "BatchDescribeDocument"


@dataclass(frozen=True, slots=True)
class DocumentPlan:
    """The parameters of CreateDocument."""

    name: str
    url: str
    owner_user_id: str
    transcode_type: int
    is_public: bool
    suffix: str
    size_bytes: int
    # Let the cloud take ink, automatic page turns and broken media out of slides.
    drops_unsupported_elements: bool = False


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """One document, as the cloud describes it."""

    document_id: str
    sdk_app_id: int
    url: str
    owner_user_id: str
    transcode_type: int
    state: int
    percent: int
    # An address when done, a code or words when failed.
    result: str
    info: str
    # The cloud may not know them although there are some.
    pages: int | None
    # Empty when it was not a list that told.
    cover_url: str


@dataclass(frozen=True, slots=True)
class DocumentAddress:
    """The address from which the cloud was to fetch a document."""

    document_id: str
    url: str


def create_document(plan: DocumentPlan, priority: Priority) -> str:
    """Submit a file and return its DocumentId. Not idempotent: a second call makes a second document.

    Raises:
        CloudRejected: with the meaning USER_GONE when the owner is not registered, WORDS_REFUSED when
            the name is not allowed.
    """
    request = models.CreateDocumentRequest()
    request.SdkAppId = sdk_app_id()
    request.DocumentUrl = plan.url
    request.DocumentName = plan.name[:NAME_MAX_CHARS]
    request.Owner = plan.owner_user_id
    request.TranscodeType = plan.transcode_type
    request.Permission = PUBLIC if plan.is_public else PRIVATE
    request.DocumentType = plan.suffix
    request.DocumentSize = plan.size_bytes
    if plan.drops_unsupported_elements:
        request.AutoHandleUnsupportedElement = True
    answer = call("CreateDocument", request, models.CreateDocumentResponse, priority)
    return _document_id("CreateDocument", answer.DocumentId)


def describe_document(document_id: str, priority: Priority) -> DocumentDetails | None:
    """Look at one document; None when the cloud has none of this id.

    Raises:
        CloudProtocolError: the answer is about another document, too.
    """
    request = models.DescribeDocumentRequest()
    request.DocumentId = document_id
    try:
        answer = read("DescribeDocument", request, models.DescribeDocumentResponse, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.DOCUMENT_GONE):
            return None
        raise
    details = _details("DescribeDocument", answer)
    if details.document_id != document_id:
        raise CloudProtocolError("DescribeDocument", "the answer is about another document")
    return details


def list_documents(document_ids: Sequence[str], priority: Priority) -> list[DocumentDetails]:
    """Look at up to 200 documents at once; what the cloud does not have is missing in the answer.

    So is a malformed entry, which does not affect the others.
    """
    if not document_ids:
        return []
    request = _list_request(page=1)
    request.DocumentId = list(document_ids)
    answer = _listed(request, priority)
    read_entries = (_details_or_none(info) for info in answer.Documents or ())
    return [details for details in read_entries if details is not None]


def documents_of(owner_user_id: str, priority: Priority) -> Iterator[DocumentAddress]:
    """Go through a person's documents, page by page; entries without an id are left out.

    A page may hold fewer than were asked for, so how many there are in all decides which is the last.
    """
    seen = 0
    for page in range(1, MAX_PAGES + 1):
        request = _list_request(page=page)
        request.Owner = owner_user_id
        answer = _listed(request, priority)
        entries = answer.Documents or []
        for info in entries:
            if _is_document_id(info.DocumentId):
                yield DocumentAddress(info.DocumentId, str(info.DocumentUrl or ""))
        seen += len(entries)
        if not entries or seen >= number(LIST_ACTION, answer.Total):
            return
    logger.warning("one person has more than %s pages of documents", MAX_PAGES)


def delete_document(document_id: str, priority: Priority) -> None:
    """Delete a document, and with it its place in rooms; one that is gone already is fine."""
    request = models.DeleteDocumentRequest()
    request.DocumentId = document_id
    try:
        repeat_safely(
            lambda: call("DeleteDocument", request, models.DeleteDocumentResponse, priority),
            priority,
        )
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.DOCUMENT_GONE):
            raise


def bind_document(
    room_id: int, document_id: str, *, is_shown_at_once: bool, priority: Priority
) -> None:
    """Have a document in a room's class, open from the beginning or only at hand. Safe to repeat.

    Raises:
        CloudRejected: with the meaning ROOM_GONE, DOCUMENT_GONE, or TOO_MANY_DOCUMENTS.
    """
    request = models.BindDocumentToRoomRequest()
    request.RoomId = room_id
    request.DocumentId = document_id
    request.BindType = BOUND_AND_SHOWN if is_shown_at_once else BOUND
    repeat_safely(
        lambda: call("BindDocumentToRoom", request, models.BindDocumentToRoomResponse, priority),
        priority,
    )


def unbind_document(room_id: int, document_id: str, priority: Priority) -> None:
    """Take a document out of a room; one that is gone already is fine."""
    request = models.UnbindDocumentFromRoomRequest()
    request.RoomId = room_id
    request.DocumentId = document_id
    try:
        repeat_safely(
            lambda: call(
                "UnbindDocumentFromRoom", request, models.UnbindDocumentFromRoomResponse, priority
            ),
            priority,
        )
    except CloudRejected as err:
        if not any(is_kind(err, fine) for fine in (ErrorKind.ROOM_GONE, ErrorKind.DOCUMENT_GONE)):
            raise


def _list_request(*, page: int) -> models.BatchDescribeDocumentRequest:
    request = models.BatchDescribeDocumentRequest()
    request.SdkAppId = sdk_app_id()
    request.Page = page
    request.Limit = PAGE_SIZE
    request.Permission = [PRIVATE, PUBLIC]
    return request


def _listed(
    request: models.BatchDescribeDocumentRequest, priority: Priority
) -> models.BatchDescribeDocumentResponse:
    return read(LIST_ACTION, request, models.BatchDescribeDocumentResponse, priority)


def _details_or_none(info: models.DocumentInfo) -> DocumentDetails | None:
    try:
        return _details(LIST_ACTION, info)
    except CloudProtocolError as err:
        logger.warning("entry of a list: %s", err)
        return None


def _details(
    action: str, info: models.DocumentInfo | models.DescribeDocumentResponse
) -> DocumentDetails:
    pages = optional_number(action, info.Pages)
    return DocumentDetails(
        document_id=_document_id(action, info.DocumentId),
        sdk_app_id=number(action, info.SdkAppId),
        url=storable_text(str(info.DocumentUrl or "")),
        owner_user_id=storable_text(str(info.Owner or "")),
        transcode_type=number(action, info.TranscodeType),
        state=number(action, info.TranscodeState),
        percent=min(max(optional_number(action, info.TranscodeProgress) or 0, 0), 100),
        result=storable_text(str(info.TranscodeResult or "")),
        info=redact(str(info.TranscodeInfo or "")),
        pages=pages if pages is not None and pages <= MAX_PAGE_COUNT else None,
        cover_url=storable_text(str(getattr(info, "Cover", None) or "")),
    )


def _document_id(action: str, value: object) -> str:
    if not _is_document_id(value):
        raise CloudProtocolError(action, "no usable DocumentId in the answer")
    return str(value)


def _is_document_id(value: object) -> bool:
    is_text = isinstance(value, str) and 0 < len(value) <= ID_MAX_CHARS
    return is_text and storable_text(str(value)) == value
