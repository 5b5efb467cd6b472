"""The administration's pages for importing files: fill in the template, check it, look at it, import what was checked."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from accounts.decorators import signed_in
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.http import CONFLICT, with_query
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import SheetFault, SheetRefused
from edu_platform.lib.violations import violation_in_words
from schedule.enums import RowKind
from schedule.imports.file_work import FileWork
from schedule.imports.forms import ImportForm
from schedule.imports.pages import (
    FileImport,
    Importer,
    Kept,
    SentFile,
    gone_in_words,
    remarks_in_words,
    shown_faults,
    shown_preview,
)
from schedule.imports.previews import REFUSED, Preview
from schedule.imports.results import ImportResult
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import CheckedFile, CheckedRows
from schedule.work.kinds import is_long
from schedule.work.views import see_work

logger = logging.getLogger(__name__)

UNAVAILABLE = 503

Done = TypeVar("Done", bound=ImportResult)


@dataclass(frozen=True, slots=True)
class ImportPage(Generic[Done]):
    model_admin: admin.ModelAdmin[Any]
    importer: Importer[Done]
    work: FileWork
    address: str  # below that of the model
    url_name: str
    title: StrPromise
    permission: str
    form_class: type[ImportForm]

    def urls(self) -> list[URLPattern]:
        @takes_file_of(MAX_FILE_BYTES)
        def page(request: HttpRequest) -> HttpResponse:
            return self._answer(request)

        @require_safe
        def template(request: HttpRequest) -> HttpResponse:
            self._require_permission(request)
            return self.importer.template(str(self.title))

        @require_safe
        def preview(request: HttpRequest, code: str) -> HttpResponse:
            return self._preview_page(request, code)

        protected, name = self.model_admin.admin_site.admin_view, self.url_name
        here, below = self.address, f"{self.address}template.xlsx"
        return [
            path(f"{here}preview/<slug:code>/", protected(preview), name=f"{name}_preview"),
            path(here, protected(page), name=name),
            path(below, protected(template), name=f"{name}_template"),
        ]

    def _require_permission(self, request: HttpRequest) -> None:
        if not request.user.has_perm(self.permission):
            raise PermissionDenied

    def _import_of(self, request: HttpRequest) -> FileImport[Done]:
        return FileImport(self.importer, signed_in(request))

    # --- Its steps

    def _answer(self, request: HttpRequest) -> HttpResponse:
        self._require_permission(request)
        if request.method != "POST":
            return self._show(request, self.form_class())
        form = self.form_class(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form)
        sent = self._import_of(request).sent(form)
        if sent is None:
            form.add_error("file", gone_in_words())
            return self._show(request, form)
        return self._do(request, form, sent, is_check="check" in request.POST)

    def _do(
        self, request: HttpRequest, form: ImportForm, sent: SentFile, *, is_check: bool
    ) -> HttpResponse:
        try:
            row_count = self.importer.rows_to_check(sent.content) if is_check else 0
            if is_long(row_count):
                work = self.work.begin_check(
                    self._import_of(request), sent, form.cleaned_data, row_count=row_count
                )
                return see_work(request, work)
            if is_check:
                return self._check(request, form, sent)
            return self._take(request, form, sent)
        except SheetRefused as refused:
            faults = self.importer.named(refused.faults, sent.content)
            return self._show(request, form, faults=faults, checked_file=sent.kept)
        except IntegrityError as err:
            # Another file or page was quicker.
            form.add_error(None, violation_in_words(err))
            form.add_error(None, gettext("Nothing was imported: try again."))
            return self._show(request, form, checked_file=sent.kept, status=CONFLICT)
        except (OSError, DatabaseError) as err:
            if not is_disk_full(err):
                raise
            logger.exception("an import finds the disk full")
            form.add_error(None, disk_full_text())
            return self._show(request, form, checked_file=sent.kept, status=UNAVAILABLE)

    def _check(
        self,
        request: HttpRequest,
        form: ImportForm,
        sent: SentFile,
        *,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """Keep what the check finds, and show it: what is wrong with the file, else what it would do."""
        run = self._import_of(request)
        preview = run.check(sent, form.cleaned_data)
        kept_check = run.keep(sent, preview)
        if not preview.is_refused:
            form = self._form_of(kept_check)
            return self._show_preview(request, form, kept_check, meanwhile=meanwhile, status=status)
        counts = preview.rows.counts
        first = next((kind for kind in REFUSED if counts[kind]), RowKind.FAULTY)
        address = with_query(self._address(kept_check.code), {"kind": first.value})
        more = {"preview_address": address, "meanwhile": meanwhile}
        return self._show(
            request, form, faults=preview.faults, checked_file=sent.kept, more=more, status=status
        )

    def _take(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        """Import the file: as its preview showed it where it was checked before."""
        run = self._import_of(request)
        kept_check = self._kept_check(request, sent)
        known = kept_check.preview.version if kept_check is not None else None
        if is_long(row_count := self.importer.rows_to_take(sent.content)):
            work = self.work.begin_take(
                run, sent, form.cleaned_data, known=known, row_count=row_count
            )
            return see_work(request, work)
        result = run.take(sent, form.cleaned_data, known=known or "")
        if kept_check is None:
            remarks = self.importer.named(result.remarks, sent.content)
            for text in remarks_in_words(remarks):
                messages.info(request, text)
        return self._taken(request, result)

    def _kept_check(self, request: HttpRequest, sent: SentFile) -> Kept | None:
        """Return what the check of the kept file found; nothing of one that was chosen just now."""
        return self._import_of(request).find(sent.kept.code) if sent.kept is not None else None

    def _taken(self, request: HttpRequest, result: Done) -> HttpResponse:
        """Say what was done, on the page as it is first."""
        words = self.work.pages.in_words(result.kept())
        for text in words.done:
            messages.success(request, text)
        for text in words.advice:
            messages.info(request, text)
        if words.link is not None:
            link = format_html('<a href="{}">{}</a>', words.link.address, words.link.text)
            messages.info(request, link)
        return HttpResponseRedirect(request.path)

    # --- What it shows

    def _preview_page(self, request: HttpRequest, code: str) -> HttpResponse:
        self._require_permission(request)
        kept_check = self._import_of(request).find(code)
        if kept_check is None:
            messages.warning(request, gone_in_words())
            return HttpResponseRedirect(reverse(f"admin:{self.url_name}"))
        return self._show_preview(request, self._form_of(kept_check), kept_check)

    def _form_of(self, kept_check: Kept) -> ImportForm:
        """The form with the other answers with which the file was checked, and which takes it where it can."""
        code = "" if kept_check.preview.is_refused else kept_check.code
        return self.form_class(initial={**kept_check.preview.answers, "kept": code})

    def _show_preview(
        self,
        request: HttpRequest,
        form: ImportForm,
        kept_check: Kept,
        *,
        meanwhile: Meanwhile | None = None,
        status: int = 200,
    ) -> HttpResponse:
        preview = kept_check.preview
        address = self._address(kept_check.code)
        more = {
            **shown_preview(
                self.importer,
                preview,
                request.GET.dict(),
                path=address,
                kept_query={},
                address_of=lambda query: with_query(address, query),
            ),
            "file_name": kept_check.name,
            "is_faulty": preview.is_refused,
            "meanwhile": meanwhile,
            "result": None if preview.is_refused else self._result_of(preview),
        }
        takeable = None if preview.is_refused else kept_check.rows
        return self._show(request, form, checked_file=takeable, more=more, status=status)

    def _result_of(self, preview: Preview) -> ImportResult:
        counts = preview.rows.counts
        return ImportResult(counts[RowKind.NEW], counts[RowKind.CHANGED], counts[RowKind.UNCHANGED])

    def _address(self, code: str) -> str:
        return reverse(f"admin:{self.url_name}_preview", args=[code])

    def _show(
        self,
        request: HttpRequest,
        form: ImportForm,
        *,
        faults: Sequence[SheetFault] = (),
        checked_file: CheckedFile | CheckedRows | None = None,
        more: Mapping[str, Any] | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": self.title,
            "opts": self.model_admin.opts,
            "form": form,
            "import_address": reverse(f"admin:{self.url_name}"),
            "template_address": f"admin:{self.url_name}_template",
            "columns": self.importer.columns_shown(),
            **shown_faults(faults),
            "kept": checked_file,
            **(more or {}),
        }
        return TemplateResponse(request, "admin/schedule/import.html", context, status=status)
