"""Planners' page for the weekly lessons of a term from a file: check it, look at what it does, take it over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    form_status,
    see_other,
    with_query,
)
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused, refuse_file
from edu_platform.lib.versions import NotAsShown
from edu_platform.lib.violations import violation_in_words
from schedule.enums import RowKind
from schedule.imports.file_work import WEEKLY_LESSON_FILES
from schedule.imports.forms import ImportForm, TakeForm
from schedule.imports.importers import weekly_lessons, weekly_lessons_in_words
from schedule.imports.pages import (
    FileImport,
    Kept,
    SentFile,
    gone_in_words,
    shown_faults,
    shown_new_names,
    shown_preview,
)
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonDifference
from schedule.work.kinds import is_long
from schedule.work.views import see_work


@takes_file_of(MAX_FILE_BYTES)
@require_http_methods(READ_AND_WRITE)
def weekly_lessons_import(request: SignedInRequest, code: str) -> HttpResponse:
    page = _ImportPage(request, get_term_for(request.user, code))
    if request.method == "POST":
        try:
            return page.take() if "take" in request.POST else page.check()
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
    if "checked" in request.GET:
        return page.checked(request.GET["checked"])
    return page.show()


@require_safe
def weekly_lessons_import_template(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    return weekly_lessons(term).template(_("Weekly lessons"))


class _ImportPage:
    def __init__(self, request: SignedInRequest, term: Term) -> None:
        self.request, self.term = request, term
        self.importer = weekly_lessons(term)
        self.run = FileImport(self.importer, request.user)
        self.path = reverse("schedule:weekly_lessons_import", args=[term.code])

    # --- Its steps

    def check(self) -> HttpResponse:
        form = ImportForm({}, self.request.FILES)
        if not form.is_valid():
            return self.show(form=form, status=form_status(form))
        file = form.cleaned_data["file"]
        sent = SentFile(file.name, file.read())
        if is_long(row_count := self.importer.rows_to_check(sent.content)):
            work = WEEKLY_LESSON_FILES.begin_check(self.run, sent, {}, row_count=row_count)
            return see_work(self.request, work)
        preview = self.run.check(sent, {})
        if preview.faults:
            return self._show_faults(preview.faults)
        kept_check = self.run.keep(sent, preview)
        return see_other(with_query(self.path, {"checked": kept_check.code}))

    def checked(self, code: str) -> HttpResponse:
        kept_check = self.run.find(code)
        if kept_check is None:
            messages.warning(self.request, gone_in_words())
            return see_other(self.path)
        return self._show_preview(kept_check)

    def take(self) -> HttpResponse:
        """Take over what was checked, if that still does what the person was shown."""
        kept_check = self.run.find(self.request.POST.get("kept", ""))
        sent = None if kept_check is None else self.run.kept_file(kept_check.code)
        if kept_check is None or sent is None:
            return self._show_gone()
        form = TakeForm(self.request.POST, makes=bool(kept_check.preview.new_names))
        if not form.is_valid():
            return self._show_preview(kept_check, form=form, status=UNPROCESSABLE)
        known = kept_check.preview.version
        if is_long(row_count := self.importer.rows_to_take(sent.content)):
            work = WEEKLY_LESSON_FILES.begin_take(
                self.run, sent, {}, known=known, row_count=row_count
            )
            return see_work(self.request, work)
        try:
            done = self.run.take(sent, {}, known=known)
        except NotAsShown:
            again = self.run.keep(sent, self.run.check(sent, {}))
            return self._show_preview(again, meanwhile=_meanwhile(), status=CONFLICT)
        except SheetRefused as refused:
            faults = self.importer.named(refused.faults, sent.content)
            return self._show_faults(faults, status=CONFLICT)
        except IntegrityError as err:
            # A course that the file names, say, was deleted meanwhile.
            refusal = refuse_file(violation_in_words(err))
            faults = self.importer.named(refusal.faults, sent.content)
            return self._show_faults(faults, status=CONFLICT)
        _say_what_was_done(self.request, done)
        return see_other(self.path)

    # --- What it shows

    def _show_gone(self) -> HttpResponse:
        form = ImportForm({})
        form.full_clean()
        form.errors.clear()
        form.add_error("file", gone_in_words())
        return self.show(form=form, status=CONFLICT)

    def _show_faults(
        self, faults: Sequence[SheetFault], *, status: int = UNPROCESSABLE
    ) -> HttpResponse:
        return self.show(more=shown_faults(faults), status=status)

    def _show_preview(
        self,
        kept_check: Kept,
        *,
        form: TakeForm | None = None,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        new_names = kept_check.preview.new_names
        preview_context = shown_preview(
            self.importer,
            kept_check.preview,
            self.request.GET.dict(),
            path=self.path,
            kept_query={"checked": kept_check.code},
            address_of=lambda query: with_query(self.path, query),
        )
        more = {
            "kept": kept_check,
            "preview": kept_check.preview,
            "is_faulty": kept_check.preview.rows.counts[RowKind.FAULTY] > 0,
            "meanwhile": meanwhile,
            "take_form": form or TakeForm(makes=bool(new_names)),
            **shown_new_names(new_names),
            **preview_context,
        }
        return self.show(more=more, status=status)

    def show(
        self,
        *,
        form: ImportForm | None = None,
        more: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "term": self.term,
            "form": form or ImportForm(),
            "columns": self.importer.columns_shown(),
            **(more or {}),
        }
        return render(self.request, "schedule/terms/import.html", context, status=status)


def _meanwhile() -> Meanwhile:
    sentence = _(
        "The term or the timetable was changed since this file was checked, so nothing was imported. This is what the file would do now."
    )
    return Meanwhile(said=sentence)


def _say_what_was_done(request: SignedInRequest, done: WeeklyLessonDifference) -> None:
    words = weekly_lessons_in_words(done.counts())
    for text in words.done:
        messages.success(request, text)
    for text in words.advice:
        messages.info(request, text)
