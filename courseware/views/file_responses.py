"""Responses with files from the storage: as attachments, whole or a part."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

from django.core.files.base import File
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header, parse_etags

from courseware.filetypes.formats import FORMATS
from courseware.models import Courseware
from edu_platform.lib.database import release_database
from edu_platform.lib.slots import Slots, bound_sending

logger = logging.getLogger(__name__)

_people, _cloud = Slots(), Slots()

PIECE_BYTES = 64 * 1024
RETRY_AFTER_S = 30
UNKNOWN_TYPE = "application/octet-stream"
# A client that does not take a piece within this time is gone.
PIECE_TIME_S = 30.0
# So many may be given files at once by a web process. Each keeps a thread, however slowly it takes.
CLIENTS_AT_MOST = 20
CLIENTS_A_PERSON = 6
# The cloud has its own share, and so have classes, which load images by the same addresses.
CLOUD_CLIENTS_AT_MOST = 32


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes that are sent: `[start, end)`."""

    start: int
    end: int

    @property
    def size_bytes(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Client:
    """A recipient of files, and how many may get one at once."""

    who: int
    at_most: int
    each_at_most: int
    slots: Slots


class StorageUnavailable(Exception):
    """The file cannot be had now, but can later: the storage does not answer."""


class TooManyClients(StorageUnavailable):
    """As many as may take files at once do so."""


class CannotBeSatisfied(Exception):
    """The part that is asked for lies beyond the end of the file."""


def file_response(
    request: HttpRequest, courseware: Courseware, *, client: Client
) -> HttpResponseBase:
    """Answer GET or HEAD with the file, or with the one part that `Range` asks for.

    Raises:
        Http404: the storage has no such file.
        StorageUnavailable: the storage does not answer.
        TooManyClients: all places for those who take files are taken.
    """
    if _has_it(request, courseware):
        kept = ("ETag", "Cache-Control")
        headers = _headers(courseware)
        return HttpResponse(status=304, headers={name: headers[name] for name in kept})
    size = courseware.size_bytes
    try:
        byte_range = _asked_range(request, courseware)
    except CannotBeSatisfied:
        headers = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        return HttpResponse(status=416, headers=headers)
    headers = _headers(courseware)
    whole = ByteRange(0, size)
    headers["Content-Length"] = str((byte_range or whole).size_bytes)
    if byte_range is not None:
        headers["Content-Range"] = f"bytes {byte_range.start}-{byte_range.end - 1}/{size}"
    status = 200 if byte_range is None else 206
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    pieces = _pieces(request, courseware, byte_range or whole, client)
    return StreamingHttpResponse(pieces, status=status, headers=headers)


def away(response: HttpResponse) -> HttpResponse:
    """Make an answer one that says that the file can be had later."""
    response.status_code = 503
    response["Retry-After"] = str(RETRY_AFTER_S)
    response["Cache-Control"] = "no-store"
    return response


def download_name(courseware: Courseware) -> str:
    """The name under which a browser saves the file: renaming may have dropped its suffix."""
    suffix = f".{courseware.suffix}"
    has_suffix = courseware.name.lower().endswith(suffix)
    return courseware.name if has_suffix else f"{courseware.name}{suffix}"


def _disposition(courseware: Courseware) -> str:
    name = download_name(courseware)
    return content_disposition_header(as_attachment=True, filename=name) or "attachment"


def _headers(courseware: Courseware) -> dict[str, str]:
    form = FORMATS.get(courseware.suffix)
    return {
        "Content-Type": form.content_type if form else UNKNOWN_TYPE,
        "Content-Disposition": _disposition(courseware),
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "ETag": _etag(courseware),
        # Asked for again each time: who may have it can change.
        "Cache-Control": "private, no-cache",
    }


def _etag(courseware: Courseware) -> str:
    return f'"{courseware.sha256}"'


def _has_it(request: HttpRequest, courseware: Courseware) -> bool:
    """Tell whether the asker names what it holds already, and that is the file as it is."""
    named = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in named or _etag(courseware) in {each.removeprefix("W/") for each in named}


def _asked_range(request: HttpRequest, courseware: Courseware) -> ByteRange | None:
    """The part that is asked for; None for the whole, also when more than one part is asked for.

    Raises:
        CannotBeSatisfied: it begins beyond the end.
    """
    only_if = request.headers.get("If-Range", "")
    if only_if and only_if != _etag(courseware):
        return None
    asked = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", request.headers.get("Range", "").strip())
    if asked is None or asked[1] == asked[2] == "":
        return None
    size = courseware.size_bytes
    if asked[1] == "":
        byte_range = ByteRange(max(0, size - int(asked[2])), size)
    else:
        last = int(asked[2]) if asked[2] else max(size - 1, int(asked[1]))
        if last < int(asked[1]):
            return None
        byte_range = ByteRange(int(asked[1]), min(last + 1, size))
    if byte_range.start >= size or byte_range.size_bytes <= 0:
        raise CannotBeSatisfied
    return byte_range


class Pieces:
    """A range of a file, piece by piece; the file is closed also when nobody takes the first one."""

    def __init__(self, file: File[bytes], size_bytes: int, held: ExitStack | None = None) -> None:
        self._file, self._left = file, size_bytes
        # What is kept as long as the file is: a place.
        self._held = held or ExitStack()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if not self._left:
            self.close()
            raise StopIteration
        piece: bytes = self._file.read(min(PIECE_BYTES, self._left))
        if not piece:
            # The connection has to break: a client that gets less than announced would wait for the rest.
            raise OSError(f"{self._file.name} is shorter than it was")
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._left = 0
        with self._held:
            self._file.close()

    def __del__(self) -> None:
        self.close()  # when the answer was given up before anybody could close it


def person(pk: int) -> Client:
    return Client(pk, CLIENTS_AT_MOST, CLIENTS_A_PERSON, _people)


def cloud() -> Client:
    return Client(0, CLOUD_CLIENTS_AT_MOST, CLOUD_CLIENTS_AT_MOST, _cloud)


def _pieces(
    request: HttpRequest, courseware: Courseware, byte_range: ByteRange, client: Client
) -> Pieces:
    """Open the file now, and give it later, without a connection to the database meanwhile.

    Raises:
        Http404: the storage has no such file.
        StorageUnavailable: the storage does not answer, or no place is free.
    """
    release_database()
    with ExitStack() as held:
        _take_slot(client, held)
        file = _opened(courseware)
        held.callback(file.close)  # should the next lines fail
        file.seek(byte_range.start)
        bound_sending(request, held, piece_time_s=PIECE_TIME_S)
        return Pieces(file, byte_range.size_bytes, held.pop_all())


def _take_slot(client: Client, held: ExitStack) -> None:
    if not client.slots.take(client.who, at_most=client.at_most, each_at_most=client.each_at_most):
        raise TooManyClients
    held.callback(client.slots.free, client.who)


def _opened(courseware: Courseware) -> File[bytes]:
    try:
        return courseware.file.storage.open(courseware.file.name or "", "rb")
    except FileNotFoundError as err:
        raise Http404 from err
    except OSError as err:
        logger.warning("the file of courseware %s cannot be opened: %s", courseware.code, err)
        raise StorageUnavailable from err
