"""The pages for importing spreadsheets: fill in the template, check it, import what was checked."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.messages import add_message
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from accounts.decorators import signed_in
from accounts.models import User
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.spreadsheets.limits import MAX_FILE_BYTES
from edu_platform.lib.spreadsheets.rows import Column, SheetFault, SheetRefused
from edu_platform.lib.spreadsheets.templates import build_template, own_heading
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.violations import violation_in_words
from schedule.access import find_checked_file
from schedule.enums import ImportTopic
from schedule.forms import ImportForm
from schedule.imports.headings import headings_in_file, named_by_file
from schedule.imports.previews import SHOWN_FAULTS
from schedule.imports.results import ImportResult
from schedule.models import CheckedFile, CheckedRows
from schedule.services.checked_files import forget_checked_file, keep_checked_file

logger = logging.getLogger(__name__)

CONFLICT, UNAVAILABLE = 409, 503

# Takes who imports, the file's bytes, the form's other answers, and whether to check only.
Take = Callable[[User, bytes, dict[str, Any], bool], ImportResult]
CHECK_ONLY, FOR_GOOD = True, False


@dataclass(frozen=True, slots=True)
class SentFile:
    name: str
    content: bytes
    kept: CheckedFile | None = None  # when it is kept since it was checked


@dataclass(frozen=True, slots=True)
class ImportPage:
    model_admin: admin.ModelAdmin[Any]
    topic: ImportTopic
    address: str  # below that of the model
    url_name: str
    title: StrPromise
    columns: Sequence[Column]
    permission: str
    form_class: type[ImportForm]
    take: Take
    make_examples: Callable[[], Sequence[Mapping[str, str]]]

    def urls(self) -> list[URLPattern]:
        @takes_file_of(MAX_FILE_BYTES)
        def page(request: HttpRequest) -> HttpResponse:
            return self._answer(request)

        @require_safe
        def template(request: HttpRequest) -> HttpResponse:
            return self._template(request)

        protected = self.model_admin.admin_site.admin_view
        return [
            path(self.address, protected(page), name=self.url_name),
            path(
                f"{self.address}template.xlsx",
                protected(template),
                name=f"{self.url_name}_template",
            ),
        ]

    def _require_permission(self, request: HttpRequest) -> None:
        if not request.user.has_perm(self.permission):
            raise PermissionDenied

    def _template(self, request: HttpRequest) -> HttpResponse:
        self._require_permission(request)
        content = build_template(self.columns, self.make_examples())
        name = f"{self.title}.xlsx"
        disposition = content_disposition_header(as_attachment=True, filename=name)
        headers = {"Content-Disposition": disposition or "attachment"}
        return HttpResponse(content, content_type=XLSX_TYPE, headers=headers)

    def _answer(self, request: HttpRequest) -> HttpResponse:
        self._require_permission(request)
        if request.method != "POST":
            return self._show(request, self.form_class())
        form = self.form_class(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form)
        sent = self._sent_file(request, form)
        if sent is None:
            text = gettext("The checked file is not kept any more: choose it again.")
            form.add_error("file", text)
            return self._show(request, form)
        return self._take(request, form, sent, is_check="check" in request.POST)

    def _sent_file(self, request: HttpRequest, form: ImportForm) -> SentFile | None:
        """What was chosen just now, else what this person had checked; none when that is gone."""
        file = form.cleaned_data["file"]
        if file is not None:
            return SentFile(file.name, file.read())
        user, code = signed_in(request), form.cleaned_data["kept"]
        kept = find_checked_file(user, self.topic, code, at=timezone.now())
        return SentFile(kept.name, bytes(kept.content), kept) if kept else None

    def _take(
        self, request: HttpRequest, form: ImportForm, sent: SentFile, *, is_check: bool
    ) -> HttpResponse:
        try:
            if is_check:
                return self._check(request, form, sent)
            return self._import(request, form, sent)
        except SheetRefused as refused:
            headings = headings_in_file(sent.content, self.columns)
            faults = named_by_file(refused.faults, headings)
            return self._show(request, form, faults=faults, kept=sent.kept)
        except IntegrityError as err:
            # Another file or page was quicker.
            form.add_error(None, violation_in_words(err))
            form.add_error(None, gettext("Nothing was imported: try again."))
            return self._show(request, form, kept=sent.kept, status=CONFLICT)
        except (OSError, DatabaseError) as err:
            if not is_disk_full(err):
                raise
            logger.exception("an import finds the disk full")
            form.add_error(None, disk_full_text())
            return self._show(request, form, kept=sent.kept, status=UNAVAILABLE)

    def _check(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        user = signed_in(request)
        result = self.take(user, sent.content, form.cleaned_data, CHECK_ONLY)
        kept = self._keep(user, sent)
        return self._show(request, self._form_of(form, kept.code), result=result, kept=kept)

    def _import(self, request: HttpRequest, form: ImportForm, sent: SentFile) -> HttpResponse:
        result = self.take(signed_in(request), sent.content, form.cleaned_data, FOR_GOOD)
        if sent.kept is not None:
            forget_checked_file(sent.kept)
        return self._redirect_with_counts(request, result)

    def _form_of(self, form: ImportForm, code: str) -> ImportForm:
        """The form again, with its other answers, for what is kept under this code."""
        return self.form_class(initial={**form.cleaned_data, "kept": code, "file": None})

    def _keep(self, user: User, sent: SentFile) -> CheckedFile:
        return keep_checked_file(
            user, self.topic, name=sent.name, content=sent.content, at=timezone.now()
        )

    def _redirect_with_counts(self, request: HttpRequest, result: ImportResult) -> HttpResponse:
        text = gettext("Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.")
        add_message(request, messages.SUCCESS, text % dataclasses.asdict(result))
        if result.deactivated is not None:
            text = ngettext(
                "%(count)s account was deactivated.",
                "%(count)s accounts were deactivated.",
                result.deactivated,
            )
            add_message(request, messages.SUCCESS, text % {"count": result.deactivated})
        return HttpResponseRedirect(request.path)

    def _show(
        self,
        request: HttpRequest,
        form: ImportForm,
        *,
        faults: Sequence[SheetFault] = (),
        result: ImportResult | None = None,
        kept: CheckedFile | CheckedRows | None = None,
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
            "columns": [(own_heading(column), column) for column in self.columns],
            "faults": faults[:SHOWN_FAULTS],
            "fault_count": len(faults),
            "hidden_count": max(0, len(faults) - SHOWN_FAULTS),
            "result": result,
            "kept": kept,
            **(more or {}),
        }
        return TemplateResponse(request, "admin/schedule/import.html", context, status=status)
