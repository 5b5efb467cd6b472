"""Replays exported as CSV (streamed) or XLSX (built first), with sizes and ages, as attachments.

Replays are read in batches, each by a short query, so that a million take neither memory nor a long hold on the
database. Long XLSX files are made by a worker (`export_work`).
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_stubs_ext import StrPromise

from accounts.decorators import signed_in
from edu_platform.lib.formatting import MIB
from edu_platform.lib.slots import Pieces, Slots, bound_sending
from edu_platform.lib.spreadsheets.workbooks import filling, new_write_only_workbook, set_width
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE, escaped, xlsx_text
from replays.models import Replay
from replays.models.sessions import title_of, with_sessions
from schedule.models import class_group_names

Value = str | int | dt.datetime | None

ROWS_A_PORTION = 1000
# XLSX has to be complete before it is sent or kept; CSV is streamed without a limit.
MOST_XLSX_ROWS = 100_000
# The BOM: without it Excel garbles Chinese.
BYTE_ORDER_MARK = "\ufeff"
SPOOLED_BYTES = MIB
CSV_TYPE = "text/csv; charset=utf-8"
PIECE_BYTES = 64 * 1024
# A client that does not take a piece within this time is gone, however long the whole takes.
PIECE_TIME_S = 30.0
# Exports at once per web process: each keeps a thread and a database connection.
EXPORTS_AT_MOST = 4
EXPORTS_A_PERSON = 2

_slots = Slots()


class TooManyRows(Exception):
    """More replays than one XLSX export may hold."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} rows")
        self.count = count


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its header, and its value for a replay at a given time."""

    label: StrPromise
    value: Callable[[Replay, dt.datetime], Value]
    # In a sheet, as many digits as fit beside each other.
    width: int


def _teacher(replay: Replay, at: dt.datetime) -> Value:
    return replay.teacher.display_name if replay.teacher else ""


def _class_groups(replay: Replay, at: dt.datetime) -> Value:
    groups = replay.lesson.class_groups.all() if replay.lesson else ()
    return class_group_names(groups)


def _age_days(replay: Replay, at: dt.datetime) -> Value:
    """Whole days since the recording was made; nothing for what was not made yet."""
    return None if replay.made_at is None else max((at - replay.made_at).days, 0)


def _present(replay: Replay, at: dt.datetime) -> Value:
    return len([file for file in replay.files.all() if file.gone_at is None])


COLUMNS = (
    Column(gettext_lazy("Lesson title"), lambda replay, at: title_of(replay), width=36),
    Column(gettext_lazy("Room number"), lambda replay, at: _digits(replay.room_number), width=14),
    Column(gettext_lazy("Room type"), lambda replay, at: replay.get_room_type_display(), width=16),
    Column(gettext_lazy("Made at"), lambda replay, at: replay.made_at, width=20),
    Column(gettext_lazy("Taught by"), _teacher, width=14),
    Column(gettext_lazy("Class groups"), _class_groups, width=24),
    Column(gettext_lazy("State"), lambda replay, at: replay.get_state_display(), width=14),
    Column(gettext_lazy("Why"), lambda replay, at: replay.get_reason_display(), width=40),
    Column(gettext_lazy("Number of files"), _present, width=16),
    Column(gettext_lazy("Bytes"), lambda replay, at: replay.size_bytes, width=16),
    Column(gettext_lazy("Days since it was made"), _age_days, width=22),
    Column(gettext_lazy("Views"), lambda replay, at: replay.views, width=10),
    Column(gettext_lazy("Downloads"), lambda replay, at: replay.downloads, width=12),
    # Before the recording is made it is the only time there is.
    Column(gettext_lazy("Planned"), lambda replay, at: replay.planned_start, width=20),
)


def csv_lines(replays: QuerySet[Replay], *, at: dt.datetime, language: str) -> Iterator[str]:
    """The lines of a CSV file, header first, batch by batch."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(BYTE_ORDER_MARK)
    for rows in _portions_of_rows(portions(replays), at=at, language=language):
        writer.writerows([[_csv_cell(value) for value in row] for row in rows])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx_rows_of(replays: QuerySet[Replay]) -> int:
    """Count the rows of an XLSX file of these replays.

    Raises:
        TooManyRows: it would take too long.
    """
    count = replays.order_by().count()
    if count > MOST_XLSX_ROWS:
        raise TooManyRows(count)
    return count


def xlsx_file(
    portions_read: Iterable[Sequence[Replay]], *, at: dt.datetime, language: str
) -> IO[bytes]:
    """An XLSX file, open at its beginning; it is gone when closed."""
    book = new_write_only_workbook()
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for number, column in enumerate(COLUMNS, start=1):
        set_width(sheet, number, column.width)
    with filling(book):
        for rows in _portions_of_rows(portions_read, at=at, language=language):
            for row in rows:
                sheet.append([_xlsx_cell(value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=SPOOLED_BYTES)  # noqa: SIM115 -- the response closes it
    book.save(file)
    file.seek(0)
    return cast("IO[bytes]", file)


def _portions_of_rows(
    portions_read: Iterable[Sequence[Replay]], *, at: dt.datetime, language: str
) -> Iterator[list[list[Value]]]:
    # May be read after the request, and its language, are over.
    with translation.override(language):
        head: list[Value] = [str(column.label) for column in COLUMNS]
    yield [head]
    for portion in portions_read:
        with translation.override(language):
            yield [[column.value(replay, at) for column in COLUMNS] for replay in portion]


def portions(replays: QuerySet[Replay]) -> Iterator[list[Replay]]:
    """The replays, newest first, in batches: each is read from where the last one ended."""
    rest = ordered = with_all_columns(replays)
    while portion := list(rest[:ROWS_A_PORTION]):
        yield portion
        last = portion[-1]
        is_after = Q(listed_at__lt=last.listed_at) | Q(pk__lt=last.pk)
        rest = ordered.filter(is_after, listed_at__lte=last.listed_at)


def with_all_columns(replays: QuerySet[Replay]) -> QuerySet[Replay]:
    """Add what the columns show, newest first."""
    found = with_sessions(replays).select_related("teacher", "lesson")
    found = found.defer("title_folded", "title_grams")
    return found.prefetch_related("files", "lesson__class_groups").order_by("-listed_at", "-pk")


def _digits(number: int | None) -> str:
    # As text: a spreadsheet rounds numbers of more than 15 digits.
    return "" if number is None else str(number)


def _csv_cell(value: Value) -> str | int:
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return escaped(value) if isinstance(value, str) else "" if value is None else value


def _xlsx_cell(value: Value) -> Value:
    if isinstance(value, dt.datetime):
        # Sheets have no time zones: use the school's.
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    return xlsx_text(value) if isinstance(value, str) else value


def too_many_text(count: int) -> str:
    return _(
        "At most %(most)s replays are exported as XLSX, and these are %(count)s. Export them as CSV, which takes any number, or narrow them by days."
    ) % {"most": f"{MOST_XLSX_ROWS:,}", "count": f"{count:,}"}


# --- Responses ----------------------------------------------------------------------------------


class TooManyExports(Exception):
    """All slots for exports are taken."""


def export_response(
    request: HttpRequest, replays: QuerySet[Replay], *, is_csv: bool, at: dt.datetime
) -> StreamingHttpResponse:
    """The replays as CSV or XLSX, in the language of the request.

    Raises:
        TooManyExports: no slot is free.
    """
    language = get_language() or "zh-hans"
    kind, content_type = ("csv", CSV_TYPE) if is_csv else ("xlsx", XLSX_TYPE)
    headers = {
        "Content-Type": content_type,
        "Content-Disposition": f'attachment; filename="{export_name(kind, at)}"',
        "Cache-Control": "no-store",
    }
    pieces: Iterable[str | bytes]
    with ExitStack() as held:
        _take_place(signed_in(request).pk, held)
        if is_csv:
            pieces = csv_lines(replays, at=at, language=language)
        else:
            file = held.enter_context(xlsx_file(portions(replays), at=at, language=language))
            headers["Content-Length"] = str(file.seek(0, os.SEEK_END))
            file.seek(0)
            pieces = iter(partial(file.read, PIECE_BYTES), b"")
        bound_sending(request, held, piece_time_s=PIECE_TIME_S)
        return StreamingHttpResponse(Pieces(pieces, held.pop_all()), headers=headers)


def export_name(kind: str, at: dt.datetime) -> str:
    return f"replays-{timezone.localtime(at):%Y%m%d-%H%M%S}.{kind}"


def too_many_exports_text() -> str:
    return _("Several exports are being made at this moment. Try again in a few minutes.")


def _take_place(who: int, held: ExitStack) -> None:
    if not _slots.take(who, at_most=EXPORTS_AT_MOST, each_at_most=EXPORTS_A_PERSON):
        raise TooManyExports
    held.callback(_slots.free, who)
