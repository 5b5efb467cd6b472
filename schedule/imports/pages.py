"""The steps of every import of a file, whichever pages show them: choose, check, look at it, take it.

What was checked is gone after an hour; and where something has changed meanwhile, what was shown is not what is taken.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django_stubs_ext import StrPromise

from accounts.models import User
from accounts.random_codes import make_code
from edu_platform.lib.bulk_writing import WriteIn, own_transaction
from edu_platform.lib.http import file_response
from edu_platform.lib.paging import PageForm, pager_of
from edu_platform.lib.spreadsheets.row_count import about_row_count
from edu_platform.lib.spreadsheets.rows import Column, SheetFault, SheetRefused, SheetRemark
from edu_platform.lib.spreadsheets.templates import build_template, own_heading
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.enums import ImportTopic, RowKind
from schedule.imports.access import find_checked_file, find_checked_rows
from schedule.imports.checked_file_store import (
    forget_checked_file,
    keep_checked_file,
    keep_checked_rows,
)
from schedule.imports.forms import ImportForm
from schedule.imports.new_names import NewKind, NewName
from schedule.imports.previews import (
    SHOWN_FAULTS,
    Choice,
    Note,
    Preview,
    PreviewRow,
    headings_in_file,
    named_by_file,
    refused_preview,
)
from schedule.models import CheckedFile, CheckedRows
from schedule.work.kinds import is_long

Done = TypeVar("Done")


@dataclass(frozen=True, slots=True)
class Asked:
    """A file that somebody wants to have checked or taken, with the other answers of its form."""

    by: User
    content: bytes
    answers: Mapping[str, Any]
    # What the columns are called in the file.
    headings: Mapping[str, str]
    at: dt.datetime
    file_name: str = ""


def _no_examples() -> Sequence[Mapping[str, str]]:
    return ()


def _nothing_more(_content: bytes) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Link:
    address: str
    text: str


@dataclass(frozen=True, slots=True)
class DoneWords:
    """The end of an import in words, and the page on which that goes on, if it does."""

    done: Sequence[str]
    advice: Sequence[str] = ()
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer(Generic[Done]):
    """Holds what imports differ in."""

    topic: ImportTopic
    columns: Sequence[Column]
    # Says what the file would do. A file that cannot be read raises SheetRefused.
    check: Callable[[Asked], Preview]
    # Does it: if it is what the version names (empty: whatever it is), else NotAsShown or SheetRefused. Notes in the
    # transaction in which it does so what it has done, as JSON.
    take: Callable[[Asked, str, WriteIn], Done]
    # The heads of the names of its rows.
    row_heads: Sequence[str | StrPromise] = ()
    # The names of the form's other answers.
    answers: Sequence[str] = ()
    # What parts of a preview are called that are not of the file.
    beside: Mapping[str, str | StrPromise] = field(default_factory=dict)
    # The code of what it is an import into, where there are several.
    scope: str = ""
    # A file that is checked again keeps its code: the pages of before send all answers themselves, and are still good.
    keeps_code: bool = False
    make_examples: Callable[[], Sequence[Mapping[str, str]]] = _no_examples
    headings: Callable[[bytes, Sequence[Column]], dict[str, str]] = headings_in_file
    # How many rows a line of the file is, and how many more are to be counted where it is taken, since its lines
    # take their time: by such rows is decided what is left to a worker.
    rows_a_line: int = 1
    more_to_take: Callable[[bytes], int] = _nothing_more

    def rows_to_check(self, content: bytes) -> int:
        """Return about how many rows the check of a file looks at; it costs next to nothing."""
        return about_row_count(content) * self.rows_a_line

    def rows_to_take(self, content: bytes) -> int:
        """Return about how many rows taking a file touches."""
        rows = self.rows_to_check(content)
        return rows if is_long(rows) else rows + self.more_to_take(content)

    def own_answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Pick those that it asks for besides the file."""
        return {name: answers.get(name) for name in self.answers}

    def template(self, name: str) -> HttpResponse:
        """Answer with the file to fill in, under this name."""
        content = build_template(self.columns, self.make_examples())
        return file_response(content, name=f"{name}.xlsx", content_type=XLSX_TYPE)

    def columns_shown(self) -> list[tuple[str, Column]]:
        return [(own_heading(column), column) for column in self.columns]

    def named(self, notes: Sequence[Note], content: bytes) -> list[Note]:
        """Return faults or remarks with the headings that the person sees in their file."""
        return named_by_file(notes, self.headings(content, self.columns))


@dataclass(frozen=True, slots=True)
class SentFile:
    name: str
    content: bytes
    kept: CheckedFile | None = None  # when it is kept since it was checked


@dataclass(frozen=True, slots=True)
class Kept:
    """The result of the check of a file, while it is kept."""

    rows: CheckedRows
    preview: Preview

    @property
    def code(self) -> str:
        return self.rows.code

    @property
    def name(self) -> str:
        return self.rows.name


class FileImport(Generic[Done]):
    """An import of one person."""

    def __init__(self, importer: Importer[Done], by: User) -> None:
        self.importer, self.by = importer, by

    # --- Choose

    def sent(self, form: ImportForm) -> SentFile | None:
        """Return what a valid form has chosen just now, else what this person had checked; None when that is gone."""
        file = form.cleaned_data["file"]
        if file is not None:
            return SentFile(file.name, file.read())
        return self.kept_file(form.cleaned_data["kept"])

    def kept_file(self, code: str) -> SentFile | None:
        checked_file = find_checked_file(self.by, self.importer.topic, code, at=timezone.now())
        return (
            SentFile(checked_file.name, bytes(checked_file.content), checked_file)
            if checked_file
            else None
        )

    # --- Check

    def check(self, sent: SentFile, answers: Mapping[str, Any]) -> Preview:
        """Say what the file would do, or what is wrong with it; nothing is kept."""
        asked = self._asked(sent, answers)
        try:
            return self.importer.check(asked)
        except SheetRefused as refused:
            faults = named_by_file(refused.faults, asked.headings)
            scope = self.importer.scope
            return refused_preview(faults, answers=asked.answers, scope=scope)

    def keep(self, sent: SentFile, preview: Preview) -> Kept:
        """Keep what a check found; with the file, unless something keeps it from being imported."""
        kept: dict[str, Any] = {"code": make_code(), "name": sent.name, "at": timezone.now()}
        if sent.kept is not None and self.importer.keeps_code:
            kept["code"] = sent.kept.code
        if not preview.is_refused:
            keep_checked_file(self.by, self.importer.topic, content=sent.content, **kept)
        packed = preview.packed()
        return Kept(keep_checked_rows(self.by, self.importer.topic, packed=packed, **kept), preview)

    # --- Look at it

    def find(self, code: str) -> Kept | None:
        """Return what the check of this person's file found, while it is kept."""
        rows = find_checked_rows(self.by, self.importer.topic, code, at=timezone.now())
        preview = None if rows is None else Preview.of(bytes(rows.packed))
        if rows is None or preview is None or preview.scope != self.importer.scope:
            return None
        return Kept(rows, preview)

    # --- Take it

    def take(
        self,
        sent: SentFile,
        answers: Mapping[str, Any],
        *,
        known: str = "",
        write_in: WriteIn = own_transaction,
    ) -> Done:
        """Take the file, if it does what its preview of the version `known` showed, and forget it.

        Raises:
            NotAsShown: it would do another thing by now.
            SheetRefused: something is wrong with it by now.
        """
        done = self.importer.take(self._asked(sent, answers), known, write_in)
        if sent.kept is not None:
            forget_checked_file(sent.kept.code)
        return done

    def _asked(self, sent: SentFile, answers: Mapping[str, Any]) -> Asked:
        importer = self.importer
        headings = importer.headings(sent.content, importer.columns)
        own = importer.own_answers(answers)
        return Asked(self.by, sent.content, own, headings, timezone.now(), sent.name)


# --- What pages show --------------------------------------------------------------------------------


def gone_in_words() -> str:
    return gettext("The checked file is not kept any more: choose it again.")


def shown_faults(faults: Sequence[SheetFault]) -> dict[str, Any]:
    """The first faults of a file, and how many there are and are not shown."""
    return {
        "faults": faults[:SHOWN_FAULTS],
        "fault_count": len(faults),
        "hidden_count": max(0, len(faults) - SHOWN_FAULTS),
    }


def shown_remarks(remarks: Sequence[SheetRemark]) -> dict[str, Any]:
    """The first remarks on a file, as lines of it, and how many there are and are not shown."""
    return {
        "lines": remarks[:SHOWN_FAULTS],
        "count": len(remarks),
        "hidden_count": max(0, len(remarks) - SHOWN_FAULTS),
    }


def shown_new_names(new_names: Sequence[NewName]) -> dict[str, Any]:
    """The first of what a file would make, those with something like them before the others, and how many there are."""
    counts = Counter(new.kind for new in new_names)
    hidden = new_names[SHOWN_FAULTS:]
    return {
        "new_names": [
            {
                "kind": NewKind(new.kind).label,
                "name": new.shown,
                "question": new.like and new.question(),
            }
            for new in new_names[:SHOWN_FAULTS]
        ],
        "new_counts": [(NewKind(kind).label, count) for kind, count in sorted(counts.items())],
        "hidden_new_count": len(hidden),
        "hidden_are_people": all(new.kind == NewKind.PERSON for new in hidden),
    }


def shown_preview(
    importer: Importer[Any],
    preview: Preview,
    query: Mapping[str, str],
    *,
    path: str,
    kept_query: Mapping[str, str],
    address_of: Callable[[Mapping[str, str]], str],
) -> dict[str, Any]:
    """One page of one part of a preview, as `query` asks for it.

    The address of each part is `address_of` its query; `kept_query` stands in all of them.
    """
    parts = _parts_of(importer, preview)
    part = query.get("kind", "")
    part = part if part in parts else ""
    rows = parts[part][1]
    form = PageForm(query)
    page = Paginator(rows, form.size()).get_page(form.page_number())

    def query_of(name: str) -> dict[str, str]:
        return {**kept_query, "kind": name} if name else dict(kept_query)

    return {
        "rows": page.object_list,
        "row_heads": importer.row_heads,
        "remarks": shown_remarks(preview.remarks),
        "is_beside": part in preview.beside,
        "choices": [
            Choice(label, len(some), address_of(query_of(name)), name == part)
            for name, (label, some) in parts.items()
        ],
        "pager": pager_of(page, path=path, query=query_of(part)),
        "total": ngettext("%(count)s row", "%(count)s rows", len(rows)) % {"count": len(rows)},
    }


def _parts_of(
    importer: Importer[Any], preview: Preview
) -> dict[str, tuple[str, Sequence[PreviewRow]]]:
    """The parts of a preview that have something, by their name in an address, with their label."""
    parts: dict[str, tuple[str, Sequence[PreviewRow]]] = {"": (gettext("All rows"), preview.rows)}
    for kind in RowKind:
        if rows := preview.rows.of_kind(kind):
            parts[kind.value] = (str(kind.label), rows)
    for name, rows in preview.beside.items():
        parts[name] = (str(importer.beside[name]), rows)
    return parts
