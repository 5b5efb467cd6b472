"""Start passwords in the administration: asked for first where they are many, shown once, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext

from accounts.enums import PasswordRefusal
from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    as_xlsx,
    sign_in_address,
)
from edu_platform.lib.http import file_response
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE

TEMPLATE = "admin/start_passwords.html"
# At once, while a person waits: each takes a few hundredths of a second to make.
PASSWORDS_AT_ONCE = 500

# For each class group, say: what was made for its people.
Sheets = Sequence[tuple[Any, Sequence[StartPassword]]]
Refused = Sequence[tuple[User, PasswordRefusal]]


def ask_before_start_passwords(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    chosen: QuerySet[Any],
    *,
    explanation: str,
    form: forms.Form | None = None,
) -> HttpResponse:
    """The page between choosing rows and making passwords for them; the action's name comes back with it."""
    more = {
        "sheets": None,
        "chosen": chosen,
        "explanation": explanation,
        "form": form,
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "action": request.POST.get("action", ""),
    }
    return _answer(model_admin, request, more)


def show_start_passwords(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    sheets: Sheets,
    refused: Refused = (),
) -> HttpResponse:
    """Show what was given, this once: as slips to be printed, or as a workbook."""
    if "as_xlsx" in request.POST:
        content = as_xlsx([(str(title), made) for title, made in sheets])
        name = f"{gettext('Start passwords')}.xlsx"
        return file_response(content, name=name, content_type=XLSX_TYPE)
    more = {"sheets": sheets, "refused": refused, "sign_in_address": sign_in_address()}
    return _answer(model_admin, request, more)


def _answer(
    model_admin: admin.ModelAdmin[Any], request: HttpRequest, more: dict[str, Any]
) -> HttpResponse:
    opts = model_admin.opts
    context = {
        **model_admin.admin_site.each_context(request),
        "title": gettext("Start passwords"),
        "opts": opts,
        "list_address": reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
        **more,
    }
    response = TemplateResponse(request, TEMPLATE, context)
    response["Cache-Control"] = "no-store"
    return response
