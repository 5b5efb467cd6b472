"""The import page of people: with a preview by pages, and the list of those who are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from accounts.decorators import signed_in
from accounts.models import User
from accounts.random_codes import make_code
from edu_platform.lib.paging import PageForm, pager_of
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.access import find_checked_rows
from schedule.admin.import_pages import CONFLICT, ImportPage, SentFile
from schedule.enums import RowKind
from schedule.forms import ImportForm
from schedule.imports.headings import headings_in_file, named_by_file
from schedule.imports.previews import Choice, MissingRow, Preview, PreviewRow, make_preview
from schedule.imports.results import ImportResult
from schedule.imports.users import (
    MissingChanged,
    UserCheck,
    UserImportOptions,
    check_users,
    import_users,
)
from schedule.models import CheckedRows
from schedule.services.checked_files import keep_checked_rows

# What the preview shows beside the kinds of rows.
MISSING, STAYING = "missing", "staying"


def import_people(
    by: User,
    data: bytes,
    cleaned: dict[str, Any],
    is_check: bool,  # noqa: FBT001 -- a callback
) -> ImportResult:
    # In the name of the person who is signed in, who may not give every role.
    options = UserImportOptions(
        reactivates=cleaned["reactivates"],
        deactivates_missing=cleaned["deactivates_missing"],
        seen_missing=cleaned.get("seen_missing"),
    )
    return import_users(data, by=by, dry_run=is_check, options=options).result()


class PeopleImportPage(ImportPage):
    def urls(self) -> list[URLPattern]:
        @require_safe
        def preview(request: HttpRequest, code: str) -> HttpResponse:
            return self._preview_page(request, code)

        protected = self.model_admin.admin_site.admin_view(preview)
        return [
            path(f"{self.address}preview/<slug:code>/", protected, name=f"{self.url_name}_preview"),
            *super().urls(),
        ]

    def _check(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        user = signed_in(request)
        options = UserImportOptions(
            form.cleaned_data["reactivates"], form.cleaned_data["deactivates_missing"]
        )
        try:
            check = check_users(sent.content, by=user, options=options)
        except SheetRefused as refused:
            check = UserCheck((), refused.faults)
        headings = headings_in_file(sent.content, self.columns)
        faults = named_by_file(check.faults, headings)
        preview = make_preview(check, faults, headings, options)
        kept = None if faults else self._keep(user, sent)
        code = kept.code if kept is not None else make_code()
        rows = self._keep_rows(user, sent, code, preview)
        if kept is None:
            more = {"preview_address": self._address(code, RowKind.FAULTY)}
            return self._show(request, form, faults=faults, kept=sent.kept, more=more)
        return self._show_preview(
            request, self._form_of(form, code), preview, rows, result=check.result()
        )

    def _keep_rows(self, user: User, sent: SentFile, code: str, preview: Preview) -> CheckedRows:
        packed = preview.packed()
        return keep_checked_rows(
            user, self.topic, code=code, name=sent.name, packed=packed, at=timezone.now()
        )

    def _import(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        rows = self._rows_of(request, sent.kept.code if sent.kept is not None else "")
        preview = Preview.of(bytes(rows.packed)) if rows is not None else None
        if form.cleaned_data["deactivates_missing"]:
            field, fault = _why_nobody_is_deactivated(form, preview)
            if fault or preview is None:
                form.add_error(field, fault)
                return self._show_again(request, form, sent, preview, rows)
            seen = frozenset(row.user_id for row in preview.to_deactivate)
            form.cleaned_data["seen_missing"] = seen
        try:
            return super()._import(request, form, sent)
        except MissingChanged:
            text = gettext("Others are missing now: check the file again. Nothing was imported.")
            form.add_error("deactivates_missing", text)
            return self._show_again(request, form, sent, preview, rows, status=CONFLICT)

    def _redirect_with_counts(self, request: HttpRequest, result: ImportResult) -> HttpResponse:
        response = super()._redirect_with_counts(request, result)
        if result.added:
            text = gettext(
                "People without a password get one by “Print start passwords…” in the list of class groups."
            )
            address = reverse("admin:schedule_classgroup_changelist")
            messages.info(request, format_html('<a href="{}">{}</a>', address, text))
        return response

    def _rows_of(self, request: HttpRequest, code: str) -> CheckedRows | None:
        return find_checked_rows(signed_in(request), self.topic, code, at=timezone.now())

    def _preview_page(self, request: HttpRequest, code: str) -> HttpResponse:
        self._require_permission(request)
        rows = self._rows_of(request, code)
        if rows is None:
            text = gettext("The checked file is not kept any more: choose it again.")
            messages.warning(request, text)
            return HttpResponseRedirect(reverse(f"admin:{self.url_name}"))
        preview = Preview.of(bytes(rows.packed))
        is_faulty = bool(preview.counts[RowKind.FAULTY])
        initial = {
            "kept": "" if is_faulty else code,
            "reactivates": preview.options.reactivates,
            "deactivates_missing": preview.options.deactivates_missing,
        }
        return self._show_preview(request, self.form_class(initial=initial), preview, rows)

    def _show_again(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        preview: Preview | None,
        rows: CheckedRows | None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        if preview is None or rows is None:
            return self._show(request, form, kept=sent.kept, status=status)
        return self._show_preview(request, form, preview, rows, status=status)

    def _show_preview(
        self,
        request: HttpRequest,
        form: ImportForm,
        preview: Preview,
        rows: CheckedRows,
        *,
        result: ImportResult | None = None,
        status: int = 200,
    ) -> HttpResponse:
        is_faulty = bool(preview.counts[RowKind.FAULTY])
        more = self._page(request, preview, rows.code)
        return self._show(
            request,
            form,
            result=result or (None if is_faulty else _result_of(preview)),
            kept=None if is_faulty else rows,
            more={**more, "file_name": rows.name, "is_faulty": is_faulty},
            status=status,
        )

    def _show(self, request: HttpRequest, form: ImportForm, **shown: Any) -> HttpResponse:
        """What is confirmed is a list that stands on the page."""
        if not (shown.get("more") or {}).get("missing_count"):
            form.fields.pop("confirmed", None)
        return super()._show(request, form, **shown)

    def _page(self, request: HttpRequest, preview: Preview, code: str) -> dict[str, Any]:
        kind = request.GET.get("kind", "")
        parts = _parts_of(preview)
        if kind not in parts:
            kind = ""
        shown = parts[kind][1]
        form = PageForm(request.GET)
        page = Paginator(shown, form.size()).get_page(form.page_number())
        query = {"kind": kind} if kind else {}
        return {
            "preview": page.object_list,
            "is_of_missing": kind in {MISSING, STAYING},
            "missing_count": len(preview.to_deactivate),
            "choices": [
                Choice(label, len(part), self._address(code, name), name == kind)
                for name, (label, part) in parts.items()
            ],
            "pager": pager_of(page, path=self._address(code), query=query),
            "total": ngettext("%(count)s row", "%(count)s rows", len(shown))
            % {"count": len(shown)},
        }

    def _address(self, code: str, kind: str = "") -> str:
        address = reverse(f"admin:{self.url_name}_preview", args=[code])
        return f"{address}?{urlencode({'kind': kind})}" if kind else address


def _why_nobody_is_deactivated(form: ImportForm, preview: Preview | None) -> tuple[str, str]:
    """The field at fault and what is wrong; empty when the list was shown, and confirmed."""
    if preview is None or not preview.options.deactivates_missing:
        text = gettext(
            "Check the file with this tick first: it lists who would be deactivated. Nothing was imported."
        )
        return "deactivates_missing", text
    if preview.to_deactivate and not form.cleaned_data["confirmed"]:
        text = gettext("Look through the list and tick this too. Nothing was imported.")
        return "confirmed", text
    return "", ""


def _result_of(preview: Preview) -> ImportResult:
    counts = preview.counts
    result = ImportResult(counts[RowKind.NEW], counts[RowKind.CHANGED], counts[RowKind.UNCHANGED])
    if not preview.options.deactivates_missing:
        return result
    return replace(result, deactivated=len(preview.to_deactivate))


def _parts_of(preview: Preview) -> dict[str, tuple[str, Sequence[PreviewRow | MissingRow]]]:
    """The parts that have something, by their name in an address, with their label."""
    parts: dict[str, tuple[str, Sequence[PreviewRow | MissingRow]]] = {
        "": (gettext("All rows"), preview.rows)
    }
    for kind in RowKind:
        rows = [row for row in preview.rows if row.kind == kind]
        if rows:
            parts[kind.value] = (str(kind.label), rows)
    if preview.options.deactivates_missing:
        parts[MISSING] = (gettext("Missing: to be deactivated"), preview.to_deactivate)
        if preview.staying:
            parts[STAYING] = (gettext("Missing: stay as they are"), preview.staying)
    return parts
