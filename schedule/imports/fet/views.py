"""Planners' page for a timetable of FET: choose it, say what its names mean, look at what it does, save it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
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
from schedule.imports.fet.fet_rows import FetFile
from schedule.imports.fet.fet_work import (
    begin_save,
    find_save,
    is_changed,
    names_form,
    with_answers,
)
from schedule.imports.fet.forms import NamesForm
from schedule.imports.fet.importing import FetResult, preview_fet, read_file
from schedule.imports.fet.meanings import Directory
from schedule.imports.forms import ImportForm
from schedule.imports.importers import FetAnswers, fet, fet_in_words
from schedule.imports.pages import FileImport, SentFile, gone_in_words, shown_faults, shown_remarks
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import Term
from schedule.terms.access import get_term_for
from schedule.terms.bulk_weekly_lessons import WeeklyLessonDifference
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
    sent_file = run.kept_file(code_of_kept)
    if sent_file is None:
        messages.warning(request, gone_in_words())
        return _choose_page(request, term, ImportForm())
    try:
        page = _NamesPage(request, term, run, sent_file)
    except SheetRefused as refused:
        # What stands in the file is another thing now: courses have other names, or the limits are others.
        faults = run.importer.named(refused.faults, sent_file.content)
        return _choose_page(request, term, ImportForm(), faults=faults, status=UNPROCESSABLE)
    return page.answer()


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


class _NamesPage:
    """The page that follows once a file is kept."""

    def __init__(
        self, request: SignedInRequest, term: Term, run: FetImport, sent: SentFile
    ) -> None:
        self.request, self.term = request, term
        self.run, self.sent = run, sent
        self.kept = sent.kept
        self.file: FetFile = read_file(sent.content)
        self.directory = Directory.read()

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._again() or self._names(self._form(None))
        form = self._form(self.request.POST)
        if "names" in self.request.POST:
            return self._names(form)
        if not form.is_valid():
            return self._names(form, status=UNPROCESSABLE)
        try:
            return self._save(form) if "save" in self.request.POST else self._preview(form)
        except Term.DoesNotExist as err:
            raise Http404 from err  # deleted meanwhile
        except NotAsShown:
            return self._preview(form, meanwhile=_meanwhile(), status=CONFLICT)
        except IntegrityError as err:
            # Somebody made the same person or class group meanwhile.
            form.add_error(None, violation_in_words(err))
            return self._names(form, status=CONFLICT)

    def _form(self, data: Mapping[str, Any] | None) -> NamesForm:
        return names_form(data, self.file, self.term, self.directory)

    def _again(self) -> HttpResponse | None:
        """Show what would be saved now, where a worker was asked to and has not; None where nobody asked for that."""
        work = find_save(self.request.user, self.term, self.request.GET.get("work", ""))
        if work is None:
            return None
        form = self._form(with_answers(self._form(None), work.arguments["answers"]))
        if not form.is_valid():
            return self._names(form)
        return self._preview(form, meanwhile=_meanwhile() if is_changed(work) else None)

    def _names(self, form: NamesForm, *, status: int = 200) -> HttpResponse:
        sections = form.sections()
        context = {
            "term": self.term,
            "kept": self.kept,
            "form": form,
            "sections": sections,
            "open_count": sum(section.open_count for section in sections),
            "teachers": self.directory.teachers.values(),
            "class_groups": self.directory.groups.values(),
        }
        return render(self.request, "schedule/terms/fet_names.html", context, status=status)

    def _preview(
        self, form: NamesForm, *, meanwhile: Meanwhile | None = None, status: int = 200
    ) -> HttpResponse:
        result: FetResult = preview_fet(self.file, form.meanings, self.term, at=timezone.now())
        context = {
            "term": self.term,
            "kept": self.kept,
            "form": form,
            "meanwhile": meanwhile,
            "known": result.weekly_lessons.version(),
            "weekly_lessons": result.weekly_lessons.counts(),
            "lessons": result.lessons.counts(),
            "holidays": len(result.lessons.on_holidays),
            "new_names": form.new_names(),
            "remarks": shown_remarks(result.remarks),
            "left_out": self._shown(result.left_out),
            "conflicts": self._shown(result.conflicts),
        }
        return render(self.request, "schedule/terms/fet_preview.html", context, status=status)

    def _shown(self, faults: Sequence[SheetFault]) -> dict[str, Any]:
        """Lines of the file, and how many there are in all."""
        return shown_faults(self.run.importer.named(faults, self.sent.content))

    def _save(self, form: NamesForm) -> HttpResponse:
        known, rows = known_in(self.request.POST), len(self.file.rows)
        if is_long(rows):
            work = begin_save(self.run, self.sent, form, known=known, row_count=rows)
            return see_work(self.request, work)
        names = FetAnswers(self.file, form.meanings, self.directory)
        difference = self.run.take(self.sent, {"names": names}, known=known)
        for text in fet_in_words(difference.counts()).done:
            messages.success(self.request, text)
        return see_other(_address(self.term))


def _meanwhile() -> Meanwhile:
    sentence = _(
        "The weekly lessons of the term were changed since this was shown, so nothing was saved. This is what the timetable would do now."
    )
    return Meanwhile(said=sentence)
