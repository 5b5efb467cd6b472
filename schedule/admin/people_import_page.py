"""The import page of people: with a preview by pages, and the list of those who are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown
from schedule.admin.import_pages import CONFLICT, SentFile
from schedule.admin.preview_pages import Parts, PreviewedImportPage
from schedule.forms import ImportForm
from schedule.imports.headings import headings_in_file, named_by_file
from schedule.imports.results import ImportResult
from schedule.imports.user_previews import UserPreview, preview_users
from schedule.imports.users import (
    UserCheck,
    UserImportOptions,
    check_users,
    import_users,
    version_of_people,
)
from schedule.models import CheckedRows

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
        seen_missing=cleaned.get("seen_missing", ""),
    )
    return import_users(data, by=by, dry_run=is_check, options=options).result()


class PeopleImportPage(PreviewedImportPage[UserPreview]):
    row_heads = (_("Username"), _("Name"))

    def _check(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        options = UserImportOptions(
            form.cleaned_data["reactivates"], form.cleaned_data["deactivates_missing"]
        )
        try:
            check = check_users(sent.content, by=signed_in(request), options=options)
        except SheetRefused as refused:
            check = UserCheck((), refused.faults)
        headings = headings_in_file(sent.content, self.columns)
        faults = named_by_file(check.faults, headings)
        preview = preview_users(check, faults, headings, options)
        return self._show_checked(request, form, sent, preview, faults)

    def _import(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        rows = self._rows_of(request, sent)
        preview = self._unpacked(bytes(rows.packed)) if rows is not None else None
        if form.cleaned_data["deactivates_missing"]:
            field, fault = _why_nobody_is_deactivated(form, preview)
            if fault or preview is None:
                form.add_error(field, fault)
                return self._show_again(request, form, sent, preview, rows)
            seen = (row.user_id for row in preview.to_deactivate)
            form.cleaned_data["seen_missing"] = version_of_people(seen)
        try:
            return super()._import(request, form, sent)
        except NotAsShown:
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

    def _show_again(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        preview: UserPreview | None,
        rows: CheckedRows | None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        if preview is None or rows is None:
            return self._show(request, form, kept=sent.kept, status=status)
        return self._show_preview(request, form, preview, rows, status=status)

    def _show(self, request: HttpRequest, form: ImportForm, **shown: Any) -> HttpResponse:
        """What is confirmed is a list that stands on the page."""
        if not (shown.get("more") or {}).get("missing_count"):
            form.fields.pop("confirmed", None)
        return super()._show(request, form, **shown)

    def _unpacked(self, packed: bytes) -> UserPreview:
        return UserPreview.of(packed)

    def _initial(self, preview: UserPreview) -> dict[str, Any]:
        return {
            "reactivates": preview.options.reactivates,
            "deactivates_missing": preview.options.deactivates_missing,
        }

    def _result_of(self, preview: UserPreview) -> ImportResult:
        result = super()._result_of(preview)
        if not preview.options.deactivates_missing:
            return result
        return replace(result, deactivated=len(preview.to_deactivate))

    def _parts_of(self, preview: UserPreview) -> Parts:
        parts = super()._parts_of(preview)
        if preview.options.deactivates_missing:
            parts[MISSING] = (gettext("Missing: to be deactivated"), preview.to_deactivate)
            if preview.staying:
                parts[STAYING] = (gettext("Missing: stay as they are"), preview.staying)
        return parts

    def _more_of(self, preview: UserPreview, part: str) -> Mapping[str, Any]:
        return {
            "is_of_missing": part in {MISSING, STAYING},
            "missing_count": len(preview.to_deactivate),
        }


def _why_nobody_is_deactivated(form: ImportForm, preview: UserPreview | None) -> tuple[str, str]:
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
