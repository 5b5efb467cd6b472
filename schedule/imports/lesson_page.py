"""The import page of lessons: what it showed is what is imported."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from edu_platform.lib.http import CONFLICT
from edu_platform.lib.spreadsheets.rows import SheetRefused
from edu_platform.lib.versions import NotAsShown
from schedule.imports.admin_pages import ImportPage
from schedule.imports.forms import ImportForm
from schedule.imports.pages import SentFile
from schedule.imports.results import LessonImportResult
from schedule.lessons.meanwhile import Meanwhile


class LessonImportPage(ImportPage[LessonImportResult]):
    def _take(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        try:
            return super()._take(request, form, sent)
        except (NotAsShown, SheetRefused):
            if self._seen(request, sent) is None:
                raise
            # Nothing was wrong with the file when it was checked.
            said = gettext(
                "The timetable was changed since this file was checked, so nothing was imported. This is what the file would do now."
            )
            meanwhile = Meanwhile(said=said)
            return self._check(request, form, sent, meanwhile=meanwhile, status=CONFLICT)

    def _taken(self, request: HttpRequest, result: LessonImportResult) -> HttpResponse:
        response = super()._taken(request, result)
        if result.action_code:
            address = reverse("schedule:timetable_change", args=[result.action_code])
            text = gettext("What was imported, and how it is undone")
            messages.info(request, format_html('<a href="{}">{}</a>', address, text))
        return response
