"""One's own data: the page that shows what is kept, and the file with all of it."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from accounts.data_export.archive import archive, archive_name
from accounts.data_export.proof import has_proved, page_of_proof
from accounts.data_export.tables import Column, KeptTable, kept_tables
from accounts.data_export.words import value_in_words
from accounts.decorators import SignedInRequest
from accounts.enums import AuditKind
from accounts.services import audit
from edu_platform.lib.slots import Pieces, Slots, bound_sending

ROWS_SHOWN = 20
# A web process makes so many of these at once; each keeps a thread.
FILES_AT_MOST = 4
FILES_A_PERSON = 1
# A client that does not take a piece within this time is gone.
PIECE_TIME_S = 30.0

_slots = Slots()


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table on the page, with its newest rows."""

    kept: KeptTable
    heads: list[str]
    rows: list[list[tuple[str, str]]]

    @property
    def count(self) -> int:
        return len(self.kept.keys)

    @property
    def is_cut(self) -> bool:
        return self.count > len(self.rows)


@require_safe
def own_data(request: SignedInRequest) -> HttpResponse:
    tables = [_shown(table) for table in kept_tables(request.user) if table.keys]
    context = {
        "tables": tables,
        "rows_shown": ROWS_SHOWN,
        "is_proved": has_proved(request, request.user),
    }
    return render(request, "accounts/data_export/own_data.html", context)


@require_GET
def own_data_file(request: SignedInRequest) -> HttpResponseBase:
    """Answer with all that is kept of the person, once they have proved again who they are."""
    person = request.user
    if not has_proved(request, person):
        return page_of_proof(request, person)
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="{archive_name()}"',
        "Cache-Control": "no-store",
    }
    with ExitStack() as held:
        if not _slots.take(person.pk, at_most=FILES_AT_MOST, each_at_most=FILES_A_PERSON):
            messages.error(
                request,
                _("Several exports are being made at this moment. Try again in a few minutes."),
            )
            return redirect("own_data")
        held.callback(_slots.free, person.pk)
        audit.record(AuditKind.DATA_EXPORTED, by=person, person=person)
        bound_sending(request, held, piece_time_s=PIECE_TIME_S)
        pieces = archive(person, language=get_language() or "zh-hans")
        return StreamingHttpResponse(Pieces(pieces, held.pop_all()), headers=headers)


def _in_words(column: Column, value: Any) -> str:
    if column.shown is None or value is None:
        return value_in_words(column.field, value)
    return column.shown(value)


def _shown(table: KeptTable) -> ShownTable:
    heads = [str(column.name) for column in table.columns]
    portions = table.rows(table.keys[:ROWS_SHOWN])
    texts = (
        [_in_words(column, value) for column, value in zip(table.columns, row, strict=True)]
        for portion in portions
        for row in portion
    )
    return ShownTable(table, heads, [list(zip(heads, row, strict=True)) for row in texts])
