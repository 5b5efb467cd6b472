"""Start passwords on pages: asked for first where they are many, and shown once, as slips or as a workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import SignedInRequest
from accounts.models import User
from accounts.services.start_passwords import (
    PASSWORDS_AT_ONCE,
    Judged,
    Refused,
    StartPassword,
    as_xlsx,
    give_start_passwords,
    judge,
    make_start_passwords,
    refusal_among_many,
    sign_in_address,
)
from edu_platform.lib.http import CONFLICT, UNPROCESSABLE, file_response
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.versions import is_as_shown, known_in, version_of

# So many of those who get one, and of those who get none, are named.
NAMED_AT_MOST = 30

# What was made for the people of each class group; without a name where they are of none.
Sheets = Sequence[tuple[str, Sequence[StartPassword]]]


@dataclass(frozen=True, slots=True)
class Back:
    """The page from which somebody came."""

    address: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """The people whom a page has chosen, by the name of their sheet, and what chooses them again."""

    people: Sequence[tuple[str, Sequence[User] | QuerySet[User]]]
    # Where the question is sent, and the fields that it sends along.
    address: str
    fields: Mapping[str, Sequence[str]]
    back: Back


class EveryoneForm(forms.Form):
    everyone = forms.BooleanField(
        label=_("Also for people who can sign in: what they have stops working"), required=False
    )


def ask_and_give(request: SignedInRequest, recipients: Recipients) -> HttpResponse:
    """Ask who is to get start passwords; give and show them once this is sent back and still the same."""
    judged = judge(person for _sheet, people in recipients.people for person in people)
    version = _version_of(judged)
    form = EveryoneForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _question(request, recipients, judged, form)
    if not is_as_shown(known_in(request.POST), version):
        return _question(request, recipients, judged, EveryoneForm(), status=CONFLICT)
    chosen = judged.chosen(everyone=form.cleaned_data["everyone"])
    if len(chosen) > PASSWORDS_AT_ONCE:
        reason = gettext("These are %(count)s people, at most %(most)s at once: choose fewer.")
        form.add_error(None, reason % {"count": len(chosen), "most": PASSWORDS_AT_ONCE})
        return _question(request, recipients, judged, form, status=UNPROCESSABLE)
    made_by_sheet = [
        (title, make_start_passwords(person for person in people if person in chosen))
        for title, people in recipients.people
    ]
    given, late = give_start_passwords(
        [entry for _title, made in made_by_sheet for entry in made],
        by=request.user,
        refusal=refusal_among_many,
    )
    helped = {entry.user for entry in given}
    sheets = [
        (title, [entry for entry in made if entry.user in helped]) for title, made in made_by_sheet
    ]
    return slips_response(
        request,
        sheets,
        [*judged.refused, *late],
        back=recipients.back,
        as_workbook="as_xlsx" in request.POST,
    )


def slips_response(
    request: HttpRequest,
    sheets: Sheets,
    refused: Refused = (),
    *,
    back: Back,
    as_workbook: bool = False,
) -> HttpResponse:
    """Show what was given, this once: as slips to be printed, or as a workbook."""
    if as_workbook:
        name = f"{gettext('Start passwords')}.xlsx"
        return file_response(as_xlsx(sheets), name=name, content_type=XLSX_TYPE)
    context = {
        "sheets": sheets,
        "has_slips": any(made for _title, made in sheets),
        "refused": refused[:NAMED_AT_MOST],
        "refused_more": max(0, len(refused) - NAMED_AT_MOST),
        "sign_in_address": sign_in_address(),
        "back": back,
    }
    response = render(request, "accounts/start_passwords.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _version_of(judged: Judged) -> str:
    return version_of(
        *(sorted(each.pk for each in some) for some in (judged.in_need, judged.others))
    )


def _question(
    request: HttpRequest,
    recipients: Recipients,
    judged: Judged,
    form: EveryoneForm,
    *,
    status: int = 200,
) -> HttpResponse:
    people = [person for _title, some in recipients.people for person in some]
    in_need = [person for person in people if person in judged.in_need]
    context = {
        "recipients": recipients,
        "titles": [title for title, _people in recipients.people if title],
        "form": form,
        "known": _version_of(judged),
        "count": len(in_need),
        "named": in_need[:NAMED_AT_MOST],
        "more": max(0, len(in_need) - NAMED_AT_MOST),
        "others": len(judged.others),
        "refused": judged.refused[:NAMED_AT_MOST],
        "refused_more": max(0, len(judged.refused) - NAMED_AT_MOST),
        "is_meanwhile": status == CONFLICT,
    }
    return render(request, "accounts/start_passwords_question.html", context, status=status)
