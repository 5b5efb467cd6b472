"""Planners' page for a timetable of FET: choose it, say what its names mean, look at what it does, save it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

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
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused
from edu_platform.lib.versions import NotAsShown, known_in
from edu_platform.lib.violations import violation_in_words
from schedule.imports.fet.answers import AskedFile, answers_of
from schedule.imports.fet.forms import NamesForm
from schedule.imports.fet.importing import brings_back
from schedule.imports.file_work import FET_FILES
from schedule.imports.forms import ImportForm, TakeForm
from schedule.imports.importers import fet, fet_in_words
from schedule.imports.pages import (
    FileImport,
    SentFile,
    gone_in_words,
    shown_faults,
    shown_new_names,
    shown_remarks,
)
from schedule.imports.previews import Preview
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.weekly_lessons.bulk_writing import WeeklyLessonDifference
from schedule.work.kinds import is_long
from schedule.work.views import see_work

FetImport = FileImport[WeeklyLessonDifference]


@takes_file_of(MAX_FILE_BYTES)
@require_http_methods(READ_AND_WRITE)
def fet_import(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    sent = request.POST if request.method == "POST" else request.GET
    run = FileImport(fet(term), request.user)
    code_of_kept = sent.get("kept", "")
    if not code_of_kept:
        if request.method == "POST":
            return _choose(request, term, run)
        return _choose_page(request, term, ImportForm())
    kept_check, sent_file = run.find(code_of_kept), run.kept_file(code_of_kept)
    if kept_check is not None and kept_check.preview.is_refused:
        # A worker found out.
        return _faults_page(request, term, kept_check.preview.faults_in_rows())
    if kept_check is None or sent_file is None:
        messages.warning(request, gone_in_words())
        return _choose_page(request, term, ImportForm())
    try:
        page = _NamesPage(request, term, run, sent_file)
    except SheetRefused as refused:
        # What stands in the file is another thing now: courses have other names, or the limits are others.
        return _faults_page(request, term, run.importer.named(refused.faults, sent_file.content))
    return page.answer(kept_check.preview)


def _choose(request: SignedInRequest, term: Term, run: FetImport) -> HttpResponse:
    form = ImportForm({}, request.FILES)
    if not form.is_valid():
        return _choose_page(request, term, form, status=form_status(form))
    file = form.cleaned_data["file"]
    sent = SentFile(file.name, file.read())
    preview = run.check(sent, {})
    if preview.faults:
        return _choose_page(request, term, form, faults=preview.faults, status=UNPROCESSABLE)
    kept_check = run.keep(sent, preview)
    return see_other(with_query(_address(term), {"kept": kept_check.code}))


def _address(term: Term) -> str:
    return reverse("schedule:fet_import", args=[term.code])


def _choose_page(
    request: SignedInRequest,
    term: Term,
    form: ImportForm,
    *,
    faults: Sequence[SheetFault] = (),
    status: int = 200,
) -> HttpResponse:
    context = {"term": term, "form": form, **shown_faults(faults)}
    return render(request, "schedule/terms/fet.html", context, status=status)


def _faults_page(
    request: SignedInRequest, term: Term, faults: Sequence[SheetFault]
) -> HttpResponse:
    return _choose_page(request, term, ImportForm(), faults=faults, status=UNPROCESSABLE)


class _NamesPage:
    """The page that follows once a file is kept."""

    def __init__(
        self, request: SignedInRequest, term: Term, run: FetImport, sent: SentFile
    ) -> None:
        self.request, self.term = request, term
        self.run, self.sent = run, sent
        self.asked_file = AskedFile(sent.content, term)

    def answer(self, kept_preview: Preview) -> HttpResponse:
        if self.request.method != "POST":
            return self._shown_as_kept(kept_preview)
        form = self.asked_file.form(self.request.POST)
        if "names" in self.request.POST:
            return self._names(form)
        if not form.is_valid():
            return self._names(form, status=UNPROCESSABLE)
        answers = {"names": answers_of(form)}
        try:
            if "save" in self.request.POST:
                return self._save(form, answers)
            return self._check(form, answers)
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown:
            preview = self.run.check(self.sent, answers)
            return self._preview(form, preview, meanwhile=_meanwhile(), status=CONFLICT)
        except IntegrityError as err:
            # Somebody made the same person or class group meanwhile.
            form.add_error(None, violation_in_words(err))
            return self._names(form, status=CONFLICT)

    # --- Its steps

    def _shown_as_kept(self, preview: Preview) -> HttpResponse:
        """Show what a worker found that the file does with the answers to it; before, ask for these."""
        answers = preview.answers.get("names")
        if answers is None:
            return self._names(self.asked_file.form())
        return self._preview(self.asked_file.answered_form(answers), preview)

    def _check(self, form: NamesForm, answers: Mapping[str, Any]) -> HttpResponse:
        if is_long(row_count := self.run.importer.rows_to_check(self.sent.content)):
            work = FET_FILES.begin_check(self.run, self.sent, answers, row_count=row_count)
            return see_work(self.request, work)
        return self._preview(form, self.run.check(self.sent, answers))

    def _save(self, form: NamesForm, answers: Mapping[str, Any]) -> HttpResponse:
        known = known_in(self.request.POST)
        if self._lacks_tick(form):
            preview = self.run.check(self.sent, answers)
            if preview.new_names:
                sent = self.request.POST
                return self._preview(form, preview, sent=sent, status=UNPROCESSABLE)
        if is_long(row_count := self.run.importer.rows_to_take(self.sent.content)):
            work = FET_FILES.begin_take(
                self.run, self.sent, answers, known=known, row_count=row_count
            )
            return see_work(self.request, work)
        difference = self.run.take(self.sent, answers, known=known)
        for text in fet_in_words(difference.counts()).done:
            messages.success(self.request, text)
        return see_other(_address(self.term))

    def _lacks_tick(self, form: NamesForm) -> bool:
        """Return whether something may be to be looked through that nobody has ticked."""
        sent = self.request.POST
        return "makes" not in sent or ("reuses" not in sent and brings_back(form.meanings))

    # --- What it shows

    def _names(self, form: NamesForm, *, status: int = 200) -> HttpResponse:
        sections, directory = form.sections(), self.asked_file.directory
        context = {
            "term": self.term,
            "kept": self.sent.kept,
            "form": form,
            "sections": sections,
            "open_count": sum(section.open_count for section in sections),
            "teachers": directory.teachers.values(),
            "class_groups": directory.groups.values(),
        }
        return render(self.request, "schedule/terms/fet_names.html", context, status=status)

    def _preview(
        self,
        form: NamesForm,
        preview: Preview,
        *,
        sent: Mapping[str, Any] | None = None,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """`sent`: what was sent to take it, which lacks a tick."""
        if not (preview.figures and form.is_valid()):
            # Somebody whom the answers name is not there any more.
            return self._names(form, status=status)
        context = {
            "term": self.term,
            "kept": self.sent.kept,
            "form": form,
            "meanwhile": meanwhile,
            "known": preview.version,
            "remarks": shown_remarks(preview.remarks),
            "take_form": TakeForm(sent, makes=bool(preview.new_names), reuses=bool(preview.reused)),
            **shown_new_names(preview.new_names),
            **preview.figures,
        }
        return render(self.request, "schedule/terms/fet_preview.html", context, status=status)


def _meanwhile() -> Meanwhile:
    sentence = _(
        "The weekly lessons of the term were changed since this was shown, so nothing was saved. This is what the timetable would do now."
    )
    return Meanwhile(said=sentence)
