"""Pages for importing people and lessons: choose a file, have it checked, look at what it does, take what was checked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib import messages
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe
from django_stubs_ext import StrPromise

from accounts.decorators import signed_in
from accounts.permissions import Action
from accounts.sign_in.code_again import ask_code_again
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNAVAILABLE,
    UNPROCESSABLE,
    form_status,
    see_other,
    with_query,
)
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused
from edu_platform.lib.versions import NotAsShown
from edu_platform.lib.violations import violation_in_words
from schedule.access import require
from schedule.enums import RowKind
from schedule.imports.file_work import FileWork
from schedule.imports.forms import ImportForm, TakeForm
from schedule.imports.pages import (
    FileImport,
    Importer,
    Kept,
    SentFile,
    gone_in_words,
    shown_faults,
    shown_new_names,
    shown_preview,
)
from schedule.imports.previews import REFUSED, Preview
from schedule.imports.results import ImportResult
from schedule.imports.user_previews import MISSING
from schedule.lessons.meanwhile import Meanwhile
from schedule.work.kinds import is_long
from schedule.work.views import see_work

logger = logging.getLogger(__name__)


Done = TypeVar("Done", bound=ImportResult)


@dataclass(frozen=True, slots=True)
class FilePage(Generic[Done]):
    """The pages of one import; its addresses begin with its name."""

    name: str
    title: StrPromise
    action: Action
    importer: Importer[Done]
    work: FileWork
    form_class: type[ImportForm]

    def urls(self) -> list[URLPattern]:
        @takes_file_of(MAX_FILE_BYTES)
        @require_http_methods(READ_AND_WRITE)
        def page(request: HttpRequest) -> HttpResponse:
            return _Answer(self, request).answer()

        @require_safe
        def template(request: HttpRequest) -> HttpResponse:
            require(signed_in(request), self.action)
            return self.importer.template(str(self.title))

        @require_safe
        def preview(request: HttpRequest, code: str) -> HttpResponse:
            return _Answer(self, request).preview(code)

        return [
            path(f"{self.name}/", page, name=self.name),
            path(f"{self.name}/template.xlsx", template, name=f"{self.name}_template"),
            path(f"{self.name}/preview/<slug:code>/", preview, name=f"{self.name}_preview"),
        ]


class _Answer(Generic[Done]):
    """One request to the pages of an import."""

    def __init__(self, page: FilePage[Done], request: HttpRequest) -> None:
        self.page, self.request = page, request
        self.importer = page.importer
        require(signed_in(request), page.action)
        self.run = FileImport(page.importer, signed_in(request))
        self.path = reverse(f"imports:{page.name}")

    def answer(self) -> HttpResponse:
        if self.request.method != "POST":
            return self._show(self.page.form_class())
        return self._take() if self._takes() else self._choose()

    def preview(self, code: str) -> HttpResponse:
        kept_check = self.run.find(code)
        if kept_check is None:
            messages.warning(self.request, gone_in_words())
            return redirect(self.path)
        return self._show_preview(kept_check)

    def _takes(self) -> bool:
        """Tell whether a file is to be taken; one that was chosen just now is checked first."""
        return "import" in self.request.POST and "file" not in self.request.FILES

    # --- Check

    def _choose(self) -> HttpResponse:
        form = self.page.form_class(self.request.POST, self.request.FILES)
        if not form.is_valid():
            return self._show(form, status=form_status(form))
        sent = self.run.sent(form)
        if sent is None:
            form.add_error("file", gone_in_words())
            return self._show(form, status=CONFLICT)
        answers = self.importer.own_answers(form.cleaned_data)
        row_count = self.importer.rows_to_check(sent.content)
        if is_long(row_count):
            work = self.page.work.begin_check(self.run, sent, answers, row_count=row_count)
            return see_work(self.request, work)
        return self._check(sent, answers)

    def _check(
        self,
        sent: SentFile,
        answers: Mapping[str, Any],
        *,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Keep what the check finds, and show it: what is wrong with the file, else what it would do."""
        try:
            preview = self.run.check(sent, answers)
            kept_check = self.run.keep(sent, preview)
        except (OSError, DatabaseError) as err:
            return self._disk_full(answers, err)
        if not preview.is_refused:
            return self._show_preview(kept_check, meanwhile=meanwhile, status=status)
        counts = preview.rows.counts
        first = next((kind for kind in REFUSED if counts[kind]), RowKind.FAULTY)
        address = with_query(self._address(kept_check.code), {"kind": first.value})
        more = {"preview_address": address, "meanwhile": meanwhile}
        form = self.page.form_class(initial=dict(answers))
        status = UNPROCESSABLE if status == 200 else status
        return self._show(form, faults=preview.faults, more=more, status=status)

    def _disk_full(self, answers: Mapping[str, Any], err: Exception) -> HttpResponse:
        """Say that the disk is full; anything else goes on."""
        if not is_disk_full(err):
            raise err
        logger.error("an import finds the disk full", exc_info=err)
        more = {"refusals": [disk_full_text()]}
        return self._show(
            self.page.form_class(initial=dict(answers)), more=more, status=UNAVAILABLE
        )

    # --- Take it

    def _take(self) -> HttpResponse:
        """Import what was checked, if it still does what the person was shown and has confirmed."""
        code = self.request.POST.get("kept", "")
        kept_check, sent = self.run.find(code), self.run.kept_file(code)
        if kept_check is None or sent is None:
            return self._show_gone()
        preview = kept_check.preview
        form = take_form(preview, self.request.POST)
        if not form.is_valid():
            return self._show_preview(kept_check, form=form, status=UNPROCESSABLE)
        by = signed_in(self.request)
        if preview.gives_power and (asked := ask_code_again(self.request, by)) is not None:
            return asked
        if is_long(row_count := self.importer.rows_to_take(sent.content)):
            work = self.page.work.begin_take(
                self.run, sent, preview.answers, known=preview.version, row_count=row_count
            )
            return see_work(self.request, work)
        try:
            return self._taken(self.run.take(sent, preview.answers, known=preview.version))
        except (NotAsShown, SheetRefused):
            # Nothing was wrong with the file when it was checked.
            return self._check(sent, preview.answers, meanwhile=_meanwhile(), status=CONFLICT)
        except IntegrityError as err:
            # Another file or page was quicker.
            more = {"refusals": [violation_in_words(err), _try_again()]}
            return self._show_preview(kept_check, more=more, status=CONFLICT)
        except (OSError, DatabaseError) as err:
            return self._disk_full(preview.answers, err)

    def _taken(self, result: Done) -> HttpResponse:
        """Say what was done, where it is undone again; nothing of it stands there when nothing was done."""
        words = self.page.work.pages.in_words(result.kept())
        for text in words.done:
            messages.success(self.request, text)
        for text in words.advice:
            messages.info(self.request, text)
        if not result.file_code:
            return see_other(self.path)
        return see_other(reverse("imports:file", args=[result.file_code]))

    # --- What it shows

    def _show_gone(self) -> HttpResponse:
        form = self.page.form_class({})
        form.full_clean()
        form.errors.clear()
        form.add_error("file", gone_in_words())
        return self._show(form, status=CONFLICT)

    def _show_preview(
        self,
        kept_check: Kept,
        *,
        form: TakeForm | None = None,
        more: Mapping[str, Any] | None = None,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        preview = kept_check.preview
        address = self._address(kept_check.code)
        context = {
            **shown_preview(
                self.importer,
                preview,
                self.request.GET.dict(),
                path=address,
                kept_query={},
                address_of=lambda query: with_query(address, query),
            ),
            **shown_new_names(preview.new_names),
            "preview": preview,
            "file_name": kept_check.name,
            "kept": None if preview.is_refused else kept_check.rows,
            "meanwhile": meanwhile,
            "take_form": None if preview.is_refused else form or take_form(preview),
            "result": None if preview.is_refused else _result_of(preview),
            **(more or {}),
        }
        code = "" if preview.is_refused else kept_check.code
        check_form = self.page.form_class(initial={**preview.answers, "kept": code})
        return self._show(check_form, more=context, status=status)

    def _address(self, code: str) -> str:
        return reverse(f"imports:{self.page.name}_preview", args=[code])

    def _show(
        self,
        form: ImportForm,
        *,
        faults: Sequence[SheetFault] = (),
        more: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            "name": self.page.name,
            "title": self.page.title,
            "form": form,
            "import_address": self.path,
            "template_address": reverse(f"imports:{self.page.name}_template"),
            "columns": self.importer.columns_shown(),
            **shown_faults(faults),
            **(more or {}),
        }
        return render(self.request, "schedule/imports/file.html", context, status=status)


def take_form(preview: Preview, sent: Mapping[str, Any] | None = None) -> TakeForm:
    """Make the form that takes a file, which asks to confirm what its preview lists."""
    return TakeForm(
        sent,
        makes=bool(preview.new_names),
        swaps=bool(preview.swapped),
        reuses=bool(preview.reused),
        deactivates=bool(preview.beside.get(MISSING)),
    )


def _result_of(preview: Preview) -> ImportResult:
    counts = preview.rows.counts
    result = ImportResult(counts[RowKind.NEW], counts[RowKind.CHANGED], counts[RowKind.UNCHANGED])
    if preview.answers.get("deactivates_missing"):
        result.deactivated = len(preview.beside[MISSING])
    return result


def _meanwhile() -> Meanwhile:
    sentence = gettext(
        "Something has changed since this file was checked, so nothing was imported. This is what the file would do now."
    )
    return Meanwhile(said=sentence)


def _try_again() -> str:
    return gettext("Nothing was imported: try again.")
