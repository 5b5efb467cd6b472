"""Planners' page for the weekly lessons of a term from a file: check it, look at what it does, take it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.random_codes import make_code
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    form_status,
    see_other,
    with_query,
)
from edu_platform.lib.paging import PageForm, pager_of
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused, refuse_file
from edu_platform.lib.spreadsheets.templates import build_template, own_heading
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.violations import violation_in_words
from schedule import access
from schedule.enums import ImportTopic, RowKind
from schedule.forms import ImportForm
from schedule.imports.examples import example_patterns
from schedule.imports.headings import headings_in_file, named_by_file
from schedule.imports.pattern_rows import COLUMNS
from schedule.imports.patterns import PatternCheck, check_patterns, take_patterns
from schedule.imports.patterns_preview import PatternPreview, PatternRow, make_preview
from schedule.imports.previews import SHOWN_FAULTS, Choice
from schedule.models import CheckedFile, CheckedRows, Term
from schedule.services.checked_files import (
    forget_checked_file,
    keep_checked_file,
    keep_checked_rows,
)

TOPIC = ImportTopic.PATTERNS


@takes_file_of(MAX_FILE_BYTES)
@require_http_methods(READ_AND_WRITE)
def patterns_import(request: SignedInRequest, code: str) -> HttpResponse:
    term = access.get_term_for(request.user, code)
    if request.method == "POST":
        try:
            return _take(request, term) if "take" in request.POST else _check(request, term)
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
    if "checked" in request.GET:
        return _checked_page(request, term, request.GET["checked"])
    return _page(request, term)


@require_safe
def patterns_import_template(request: SignedInRequest, code: str) -> HttpResponse:
    access.get_term_for(request.user, code)
    name = _("Weekly lessons") + ".xlsx"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    headers = {"Content-Disposition": disposition or "attachment"}
    content = build_template(COLUMNS, example_patterns())
    return HttpResponse(content, content_type=XLSX_TYPE, headers=headers)


def _check(request: SignedInRequest, term: Term) -> HttpResponse:
    form = ImportForm({}, request.FILES)
    if not form.is_valid():
        return _page(request, term, form=form, status=form_status(form))
    file = form.cleaned_data["file"]
    content = file.read()
    try:
        found = check_patterns(content, term, at=timezone.now())
    except SheetRefused as refused:
        return _faults_page(request, term, refused.faults, content)
    if found.faults:
        return _faults_page(request, term, sorted(found.faults), content)
    preview = make_preview(term, found, headings_in_file(content, COLUMNS))
    rows = _keep(request, preview, name=file.name, content=content)
    return see_other(_address(term, {"checked": rows.code}))


def _keep(
    request: SignedInRequest, preview: PatternPreview, *, name: str, content: bytes
) -> CheckedRows:
    """Keep what the check found, with the file where it can be taken over."""
    code, at = make_code(), timezone.now()
    if preview.can_be_taken:
        code = keep_checked_file(request.user, TOPIC, name=name, content=content, at=at).code
    packed = preview.packed()
    return keep_checked_rows(request.user, TOPIC, code=code, name=name, packed=packed, at=at)


def _take(request: SignedInRequest, term: Term) -> HttpResponse:
    """Take over what was checked, if that still does what the person has seen."""
    kept = _kept(request, term, request.POST.get("kept", ""))
    file = None
    if kept is not None:
        file = access.find_checked_file(request.user, TOPIC, kept[0].code, at=timezone.now())
    if kept is None or file is None:
        return _gone_page(request, term)
    seen = kept[1]
    content = bytes(file.content)
    headings = headings_in_file(content, COLUMNS)

    def is_as_seen(found: PatternCheck) -> bool:
        return make_preview(term, found, headings) == seen

    try:
        found = take_patterns(content, term, at=timezone.now(), takes=is_as_seen)
    except SheetRefused as refused:
        return _faults_page(request, term, refused.faults, content, status=CONFLICT)
    except IntegrityError as err:
        # A course that the file names, say, was deleted meanwhile.
        faults = refuse_file(violation_in_words(err)).faults
        return _faults_page(request, term, faults, content, status=CONFLICT)
    if found.faults:
        return _faults_page(request, term, sorted(found.faults), content, status=CONFLICT)
    preview = make_preview(term, found, headings)
    if preview != seen:
        return _changed_page(request, term, file, preview)
    forget_checked_file(file)
    _say_what_was_done(request, found)
    return see_other(_address(term))


def _say_what_was_done(request: SignedInRequest, found: PatternCheck) -> None:
    text = _(
        "Weekly lessons: %(added)s added, %(changed)s changed, %(unchanged)s unchanged, %(removed)s removed."
    )
    messages.success(request, text % found.patterns.counts())
    if found.patterns.changes_anything:
        messages.info(request, _("The lessons themselves follow once you plan the term."))


def _kept(
    request: SignedInRequest, term: Term, code: str
) -> tuple[CheckedRows, PatternPreview] | None:
    """What the check of this person's file found for this term, while it is kept."""
    rows = access.find_checked_rows(request.user, TOPIC, code, at=timezone.now())
    preview = PatternPreview.of(bytes(rows.packed)) if rows is not None else None
    if rows is None or preview is None or preview.term_code != term.code:
        return None
    return rows, preview


# --- Pages ----------------------------------------------------------------------------------------


def _checked_page(request: SignedInRequest, term: Term, code: str) -> HttpResponse:
    kept = _kept(request, term, code)
    if kept is None:
        messages.warning(request, _gone_in_words())
        return see_other(_address(term))
    return _preview_page(request, term, *kept)


def _gone_page(request: SignedInRequest, term: Term) -> HttpResponse:
    form = ImportForm({})
    form.full_clean()
    form.errors.clear()
    form.add_error("file", _gone_in_words())
    return _page(request, term, form=form, status=CONFLICT)


def _gone_in_words() -> str:
    return _("The checked file is not kept any more: choose it again.")


def _changed_page(
    request: SignedInRequest, term: Term, file: CheckedFile, preview: PatternPreview
) -> HttpResponse:
    rows = _keep(request, preview, name=file.name, content=bytes(file.content))
    return _preview_page(request, term, rows, preview, has_changed=True, status=CONFLICT)


def _faults_page(
    request: SignedInRequest,
    term: Term,
    faults: Sequence[SheetFault],
    content: bytes,
    *,
    status: int = UNPROCESSABLE,
) -> HttpResponse:
    named = named_by_file(faults[:SHOWN_FAULTS], headings_in_file(content, COLUMNS))
    more = {
        "faults": named,
        "fault_count": len(faults),
        "hidden_count": len(faults) - len(named),
    }
    return _page(request, term, more=more, status=status)


def _preview_page(
    request: SignedInRequest,
    term: Term,
    rows: CheckedRows,
    preview: PatternPreview,
    *,
    has_changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    parts = _parts_of(preview)
    kind = request.GET.get("kind", "")
    if kind not in parts:
        kind = ""
    shown = parts[kind][1]
    query = {"checked": rows.code} | ({"kind": kind} if kind else {})
    form = PageForm(request.GET)
    page = Paginator(shown, form.size()).get_page(form.page_number())
    more = {
        "kept": rows,
        "preview": preview,
        "rows": page.object_list,
        "choices": [
            Choice(label, len(part), _part_address(term, rows, name), name == kind)
            for name, (label, part) in parts.items()
        ],
        "pager": pager_of(page, path=_address(term), query=query),
        "total": ngettext("%(count)s row", "%(count)s rows", len(shown)) % {"count": len(shown)},
        "has_changed": has_changed,
    }
    return _page(request, term, more=more, status=status)


def _parts_of(preview: PatternPreview) -> dict[str, tuple[str, Sequence[PatternRow]]]:
    """The parts that have something, by their name in an address, with their label."""
    parts: dict[str, tuple[str, Sequence[PatternRow]]] = {"": (_("All rows"), preview.rows)}
    for kind in RowKind:
        rows = [row for row in preview.rows if row.kind == kind]
        if rows:
            parts[kind.value] = (str(kind.label), rows)
    return parts


def _page(
    request: SignedInRequest,
    term: Term,
    *,
    form: ImportForm | None = None,
    more: Mapping[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "term": term,
        "form": form or ImportForm(),
        "columns": [(own_heading(column), column) for column in COLUMNS],
        **(more or {}),
    }
    return render(request, "schedule/terms/import.html", context, status=status)


def _address(term: Term, query: Mapping[str, str] | None = None) -> str:
    return with_query(reverse("schedule:patterns_import", args=[term.code]), query or {})


def _part_address(term: Term, rows: CheckedRows, kind: str) -> str:
    query = {"checked": rows.code} | ({"kind": kind} if kind else {})
    return _address(term, query)
