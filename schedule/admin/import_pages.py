"""The pages for importing spreadsheets: check first, then import."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.messages import add_message
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from edu_platform.lib.full_disk import disk_full_text, is_disk_full
from edu_platform.lib.spreadsheets.rows import Column, SheetFault, SheetRefused
from edu_platform.lib.violations import violation_in_words
from schedule.forms import ImportForm
from schedule.imports.results import ImportResult

logger = logging.getLogger(__name__)

CONFLICT, UNAVAILABLE = 409, 503
# Of more faults the page shows the first; the commands print all.
SHOWN_FAULTS = 200

# Takes the file's bytes, the form's other answers, and whether to check only.
Take = Callable[[bytes, dict[str, Any], bool], ImportResult]


@dataclass(frozen=True, slots=True)
class ImportPage:
    model_admin: admin.ModelAdmin[Any]
    title: str
    columns: Sequence[Column]
    permission: str
    form_class: type[ImportForm]
    take: Take

    def answer(self, request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm(self.permission):
            raise PermissionDenied
        if request.method != "POST":
            return self._show(request, self.form_class())
        form = self.form_class(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form)
        return self._take(request, form, is_check="check" in request.POST)

    def _take(self, request: HttpRequest, form: ImportForm, *, is_check: bool) -> HttpResponse:
        data = form.cleaned_data["file"].read()
        try:
            result = self.take(data, form.cleaned_data, is_check)
        except SheetRefused as refused:
            return self._show(request, form, faults=refused.faults)
        except IntegrityError as err:
            # Another file or page was quicker.
            form.add_error(None, violation_in_words(err))
            form.add_error(None, gettext("Nothing was imported: try again."))
            return self._show(request, form, status=CONFLICT)
        except (OSError, DatabaseError) as err:
            if not is_disk_full(err):
                raise
            logger.exception("an import finds the disk full")
            form.add_error(None, disk_full_text())
            return self._show(request, form, status=UNAVAILABLE)
        if is_check:
            return self._show(request, form, result=result)
        text = gettext("Imported: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.")
        counts = {
            "added": result.added,
            "changed": result.changed,
            "unchanged": result.unchanged,
        }
        add_message(request, messages.SUCCESS, text % counts)
        return HttpResponseRedirect(request.path)

    def _show(
        self,
        request: HttpRequest,
        form: ImportForm,
        *,
        faults: Sequence[SheetFault] = (),
        result: ImportResult | None = None,
        status: int = 200,
    ) -> HttpResponse:
        context = {
            **self.model_admin.admin_site.each_context(request),
            "title": self.title,
            "opts": self.model_admin.opts,
            "form": form,
            "columns": self.columns,
            "faults": faults[:SHOWN_FAULTS],
            "fault_count": len(faults),
            "hidden_count": max(0, len(faults) - SHOWN_FAULTS),
            "result": result,
        }
        return TemplateResponse(request, "admin/schedule/import.html", context, status=status)
