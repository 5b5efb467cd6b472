"""Responses with exported replays, as attachments."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.requests import signed_in
from edu_platform.lib.slots import Slots, bound_sending
from replays.exports.tables import csv_lines, xlsx_file
from replays.models import Replay

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PIECE_BYTES = 64 * 1024
# A client that does not take a piece within this time is gone, however long the whole takes.
PIECE_TIME_S = 30.0
# Exports at once per web process: each keeps a thread and a database connection.
EXPORTS_AT_MOST = 4
EXPORTS_A_PERSON = 2

_slots = Slots()


class TooManyExports(Exception):
    """All slots for exports are taken."""


class Pieces:
    """A file in pieces; its resources are released at the end, also when no piece was taken."""

    def __init__(self, pieces: Iterable[str | bytes], held: ExitStack) -> None:
        self._pieces, self._held = iter(pieces), held

    def __iter__(self) -> Iterator[str | bytes]:
        return self

    def __next__(self) -> str | bytes:
        try:
            return next(self._pieces)
        except BaseException:  # also at the end
            self.close()
            raise

    def close(self) -> None:
        self._held.close()

    def __del__(self) -> None:
        self.close()  # when the answer was given up before anybody could close it


def export_response(
    request: HttpRequest, replays: QuerySet[Replay], *, is_csv: bool, at: dt.datetime
) -> StreamingHttpResponse:
    """The replays as CSV or XLSX, in the language of the request.

    Raises:
        TooManyRows: too many for XLSX.
        TooManyExports: no slot is free.
    """
    language = get_language() or "zh-hans"
    kind, content_type = ("csv", CSV_TYPE) if is_csv else ("xlsx", XLSX_TYPE)
    name = f"replays-{timezone.localtime(at):%Y%m%d-%H%M%S}.{kind}"
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    pieces: Iterable[str | bytes]
    with ExitStack() as held:
        _take_place(signed_in(request).pk, held)
        if is_csv:
            pieces = csv_lines(replays, at=at, language=language)
        else:
            file = held.enter_context(xlsx_file(replays, at=at, language=language))
            headers["Content-Length"] = str(file.seek(0, os.SEEK_END))
            file.seek(0)
            pieces = iter(partial(file.read, PIECE_BYTES), b"")
        bound_sending(request, held, piece_time_s=PIECE_TIME_S)
        return StreamingHttpResponse(Pieces(pieces, held.pop_all()), headers=headers)


def too_many_exports_text() -> str:
    return _("Several exports are being made at this moment. Try again in a few minutes.")


def _take_place(who: int, held: ExitStack) -> None:
    if not _slots.take(who, at_most=EXPORTS_AT_MOST, each_at_most=EXPORTS_A_PERSON):
        raise TooManyExports
    held.callback(_slots.free, who)
