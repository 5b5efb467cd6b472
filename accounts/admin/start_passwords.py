"""Start passwords in the administration: asked for first where they are many, shown once, kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from accounts.decorators import signed_in
from accounts.enums import LinkMail, PasswordRefusal
from accounts.models import User
from accounts.services.start_passwords import (
    StartPassword,
    as_xlsx,
    give_start_passwords,
    make_start_passwords,
    refusal_of_staff,
    sign_in_address,
)
from accounts.sign_in.password_mails import mail_link_now
from edu_platform.lib.admin_base import PlatformAdmin
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


class StartPasswordAdmin(PlatformAdmin[User]):
    """Help of staff for people who cannot sign in: on the page of one, and for those chosen in the list."""

    def get_urls(self) -> list[URLPattern]:
        protected = self.admin_site.admin_view
        return [
            path(
                "<int:person_id>/start-password/",
                protected(require_POST(self.give_start_password)),
                name="accounts_user_start_password",
            ),
            path(
                "<int:person_id>/send-link/",
                protected(require_POST(self.send_link)),
                name="accounts_user_send_link",
            ),
            *super().get_urls(),
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person = kwargs.get("obj")
        helped = person if person is not None and self._may_help(request, person) else None
        context["gives_start_password"] = helped is not None
        context["sends_link"] = bool(settings.SENDS_MAIL and helped and helped.email)
        return super().render_change_form(request, context, *args, **kwargs)

    def give_start_password(self, request: HttpRequest, person_id: int) -> HttpResponse:
        person = self._person_to_help(request, person_id)
        made = make_start_passwords([person])
        self._give(request, made)
        return show_start_passwords(self, request, [("", made)])

    def send_link(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Mail a link with which the person sets a password of their own; the old one holds until then."""
        person = self._person_to_help(request, person_id)
        if not settings.SENDS_MAIL or not person.email:
            raise Http404
        outcome = mail_link_now(person)
        if outcome is LinkMail.SENT:
            self.log_change(request, person, gettext("Link for a new password sent by mail"))
            text = gettext("A link for a new password was sent to %(address)s.")
            self.message_user(request, text % {"address": person.email}, messages.SUCCESS)
        elif outcome is LinkMail.LIMITED:
            text = gettext("Not sent: this person or address had several such mails lately.")
            self.message_user(request, text, messages.WARNING)
        else:
            text = gettext("Not sent: the mail server did not take it. Try again in a moment.")
            self.message_user(request, text, messages.ERROR)
        return HttpResponseRedirect(reverse("admin:accounts_user_change", args=[person.pk]))

    @admin.action(description=_("Print start passwords…"), permissions=["change"])
    def print_start_passwords(
        self, request: HttpRequest, queryset: QuerySet[User]
    ) -> HttpResponse | None:
        """Ask first, then show the passwords once."""
        if queryset.count() > PASSWORDS_AT_ONCE:
            text = gettext("At most %(count)s people at once: choose fewer.")
            self.message_user(request, text % {"count": PASSWORDS_AT_ONCE}, messages.ERROR)
            return None
        people = queryset.order_by("name_key", "username")
        if "confirmed" not in request.POST:
            explanation = gettext(
                "Makes one-time passwords for these people, students and teachers only. The passwords that they have stop working, and they are signed out everywhere."
            )
            return ask_before_start_passwords(self, request, people, explanation=explanation)
        return self._give_to_chosen(request, people)

    def _give_to_chosen(self, request: HttpRequest, people: QuerySet[User]) -> HttpResponse:
        by = signed_in(request)
        judged = [(person, refusal_of_staff(person, by=by)) for person in people]
        made = make_start_passwords([person for person, refusal in judged if refusal is None])
        self._give(request, made)
        refused = [(person, refusal) for person, refusal in judged if refusal is not None]
        return show_start_passwords(self, request, [("", made)], refused)

    @transaction.atomic
    def _give(self, request: HttpRequest, made: Sequence[StartPassword]) -> None:
        by = signed_in(request)
        give_start_passwords(made, by=by)
        LogEntry.objects.log_actions(
            by.pk, [entry.user for entry in made], CHANGE, gettext("Start password made")
        )

    def _person_to_help(self, request: HttpRequest, person_id: int) -> User:
        person = self.get_object(request, str(person_id))
        if person is None or not self._may_help(request, person):
            raise Http404
        return person

    def _may_help(self, request: HttpRequest, person: User) -> bool:
        is_refused = refusal_of_staff(person, by=signed_in(request)) is not None
        return self.has_change_permission(request, person) and not is_refused
