"""The import page of lessons, with a preview by pages: what it showed is what is imported."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown
from schedule.admin.import_pages import CONFLICT, SentFile
from schedule.admin.preview_pages import PreviewedImportPage
from schedule.forms import ImportForm
from schedule.imports.headings import headings_in_file, named_by_file
from schedule.imports.lesson_checks import LessonCheck
from schedule.imports.lesson_previews import LessonPreview, preview_lessons
from schedule.imports.lessons import check_lessons, import_lessons
from schedule.imports.results import ImportResult, LessonImportResult


def take_lessons(
    by: User,
    data: bytes,
    cleaned: dict[str, Any],
    is_check: bool,  # noqa: FBT001 -- a callback
) -> ImportResult:
    return import_lessons(
        data,
        by=by,
        as_draft=cleaned["as_draft"],
        dry_run=is_check,
        seen=cleaned.get("seen", ""),
    )


class LessonImportPage(PreviewedImportPage[LessonPreview]):
    row_heads = (_("Course"), _("Class groups"), _("Teacher"), _("Time"))

    def _check(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        return self._check_and_show(request, form, sent)

    def _check_and_show(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        *,
        notice: str = "",
        status: int = 200,
    ) -> HttpResponse:
        try:
            check = check_lessons(sent.content)
        except SheetRefused as refused:
            check = LessonCheck((), refused.faults)
        headings = headings_in_file(sent.content, self.columns)
        faults = named_by_file(sorted([*check.faults, *check.conflicts]), headings)
        preview = preview_lessons(check, headings, as_draft=form.cleaned_data["as_draft"])
        return self._show_checked(
            request, form, sent, preview, faults, notice=notice, status=status
        )

    def _import(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        rows = self._rows_of(request, sent)
        if rows is None:
            return super()._import(request, form, sent)
        form.cleaned_data["seen"] = self._unpacked(bytes(rows.packed)).version
        try:
            return super()._import(request, form, sent)
        except (NotAsShown, SheetRefused):
            # Nothing was wrong with the file when it was checked.
            text = gettext(
                "The timetable was changed since this file was checked, so nothing was imported. This is what the file would do now."
            )
            return self._check_and_show(request, form, sent, notice=text, status=CONFLICT)

    def _redirect_with_counts(self, request: HttpRequest, result: ImportResult) -> HttpResponse:
        response = super()._redirect_with_counts(request, result)
        if isinstance(result, LessonImportResult) and result.action_code:
            address = reverse("schedule:timetable_change", args=[result.action_code])
            text = gettext("What was imported, and how it is undone")
            messages.info(request, format_html('<a href="{}">{}</a>', address, text))
        return response

    def _unpacked(self, packed: bytes) -> LessonPreview:
        return LessonPreview.of(packed)

    def _initial(self, preview: LessonPreview) -> dict[str, Any]:
        return {"as_draft": preview.as_draft}
