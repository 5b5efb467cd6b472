"""The import pages of lessons, and of people, which also list those who are missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from edu_platform.lib.http import CONFLICT
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown
from schedule.imports.admin_pages import ImportPage
from schedule.imports.forms import ImportForm
from schedule.imports.pages import Kept, SentFile
from schedule.imports.previews import Preview
from schedule.imports.results import ImportResult, LessonImportResult
from schedule.imports.user_previews import MISSING
from schedule.lessons.meanwhile import Meanwhile


class PeopleImportPage(ImportPage[ImportResult]):
    def _take(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        kept_check = self._kept_check(request, sent)
        if form.cleaned_data["deactivates_missing"]:
            field, fault = _why_nobody_is_deactivated(form, kept_check)
            if fault:
                form.add_error(field, fault)
                return self._show_again(request, form, sent, kept_check)
        try:
            return super()._take(request, form, sent)
        except NotAsShown:
            text = gettext("Others are missing now: check the file again. Nothing was imported.")
            form.add_error("deactivates_missing", text)
            return self._show_again(request, form, sent, kept_check, status=CONFLICT)

    def _show_again(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        kept_check: Kept | None,
        *,
        status: int = 200,
    ) -> HttpResponse:
        if kept_check is None:
            return self._show(request, form, checked_file=sent.kept, status=status)
        return self._show_preview(request, form, kept_check, status=status)

    def _show_preview(
        self, request: HttpRequest, form: ImportForm, kept_check: Kept, **options: Any
    ) -> HttpResponse:
        """Show the preview, and offer to confirm the list that stands on the page."""
        self._offer_to_confirm(form, kept_check.preview)
        return super()._show_preview(request, form, kept_check, **options)

    def _show(self, request: HttpRequest, form: ImportForm, **options: Any) -> HttpResponse:
        if "choices" not in (options.get("more") or {}):
            self._offer_to_confirm(form, None)
        return super()._show(request, form, **options)

    def _offer_to_confirm(self, form: ImportForm, preview: Preview | None) -> None:
        if preview is None or not preview.beside.get(MISSING):
            form.fields.pop("confirmed", None)

    def _result_of(self, preview: Preview) -> ImportResult:
        result = super()._result_of(preview)
        if not preview.answers["deactivates_missing"]:
            return result
        return replace(result, deactivated=len(preview.beside[MISSING]))


def _why_nobody_is_deactivated(form: ImportForm, kept_check: Kept | None) -> tuple[str, str]:
    """The field at fault and what is wrong; empty when the list was shown, and confirmed."""
    if kept_check is None or not kept_check.preview.answers["deactivates_missing"]:
        text = gettext(
            "Check the file with this tick first: it lists who would be deactivated. Nothing was imported."
        )
        return "deactivates_missing", text
    if kept_check.preview.beside[MISSING] and not form.cleaned_data["confirmed"]:
        text = gettext("Look through the list and tick this too. Nothing was imported.")
        return "confirmed", text
    return "", ""


class LessonImportPage(ImportPage[LessonImportResult]):
    def _take(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        try:
            return super()._take(request, form, sent)
        except (NotAsShown, SheetRefused):
            if self._kept_check(request, sent) is None:
                raise
            # Nothing was wrong with the file when it was checked.
            sentence = gettext(
                "The timetable was changed since this file was checked, so nothing was imported. This is what the file would do now."
            )
            meanwhile = Meanwhile(said=sentence)
            return self._check(request, form, sent, meanwhile=meanwhile, status=CONFLICT)
