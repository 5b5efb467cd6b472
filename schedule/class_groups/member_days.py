"""The days on which somebody is in a class group, corrected by hand: of what was entered wrongly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.enums import AuditKind
from accounts.models import User
from accounts.services import audit
from edu_platform.lib.day_field import DayInput
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown, known_in, require_as_shown, version_of
from schedule.class_groups.access import get_class_group_to_manage
from schedule.class_groups.memberships import correct_days, lock_memberships
from schedule.class_groups.views import HERE, page_of
from schedule.lessons.fields import DAY_CHARS
from schedule.lessons.meanwhile import Meanwhile, saving_overwrites
from schedule.lessons.moments import NotReadable, read_date
from schedule.models import ClassGroup, Membership

# First and last day of a membership; None stands for no limit. Nothing at all: it was a mistake.
Days = tuple[dt.date | None, dt.date | None] | None


class DaysForm(forms.Form):
    """One membership; empty days have no limit."""

    first = forms.CharField(label=_("First day"), max_length=DAY_CHARS, required=False)
    last = forms.CharField(label=_("Last day"), max_length=DAY_CHARS, required=False)
    mistake = forms.BooleanField(label=_("A mistake: never was in it"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None, *, membership: Membership, number: int
    ) -> None:
        self.membership = membership
        initial = {"first": membership.from_date, "last": membership.to_date}
        super().__init__(data, prefix=str(number), initial=initial)
        for name in ("first", "last"):
            self.fields[name].widget = DayInput()

    def clean_first(self) -> dt.date | None:
        return _day(self.cleaned_data["first"])

    def clean_last(self) -> dt.date | None:
        return _day(self.cleaned_data["last"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", gettext("The last day lies before the first."))
        return cleaned

    def days(self) -> Days:
        cleaned = self.cleaned_data
        return None if cleaned["mistake"] else (cleaned["first"], cleaned["last"])


def _day(text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return read_date(text)
    except NotReadable as err:
        raise forms.ValidationError(capfirst(str(err))) from err


@require_http_methods(READ_AND_WRITE)
def member_days(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the memberships of the person whom `person` names in a class group, and correct their days on POST."""
    group = get_class_group_to_manage(request.user, code)
    username = (request.POST if request.method == "POST" else request.GET).get("person", "")
    rows = _rows_of(group, username)
    if not rows:
        raise Http404
    data = request.POST if request.method == "POST" else None
    sent = [DaysForm(data, membership=row, number=number) for number, row in enumerate(rows)]
    if data is None:
        return _page(request, group, rows, sent)
    return _save(request, group, rows, sent, known=known_in(data))


def _save(
    request: SignedInRequest,
    group: ClassGroup,
    rows: Sequence[Membership],
    sent: Sequence[DaysForm],
    *,
    known: str,
) -> HttpResponse:
    # Each is asked, so that each says what is wrong with it.
    are_valid = [form.is_valid() for form in sent]
    if not all(are_valid):
        return _page(request, group, rows, sent, known=known, status=UNPROCESSABLE)
    wanted = [form.days() for form in sent]
    try:
        has_changed = _correct(group, rows, wanted, known=known, by=request.user)
    except NotAsShown as err:
        if not err.now:
            raise Http404 from err
        return _days_of_now(request, group, err.now)
    except IntegrityError:
        sent[-1].add_error("last", gettext("Only one of them can be without a last day."))
        return _page(request, group, rows, sent, known=known, status=CONFLICT)
    if has_changed:
        messages.success(request, gettext("The days were changed."))
    else:
        messages.info(request, gettext("Nothing was changed."))
    return see_other(page_of(group))


def _days_of_now(
    request: SignedInRequest, group: ClassGroup, now: Sequence[Membership]
) -> HttpResponse:
    """Show the days that somebody else has given these memberships meanwhile."""
    said = gettext("Somebody has changed these days since you opened this page.")
    sent = [DaysForm(None, membership=row, number=number) for number, row in enumerate(now)]
    meanwhile = Meanwhile(said=said, advice=saving_overwrites())
    return _page(request, group, now, sent, meanwhile=meanwhile, status=CONFLICT)


def _rows_of(group: ClassGroup, username: str) -> list[Membership]:
    rows = Membership.objects.filter(class_group=group, user__username=storable_text(username))
    return list(rows.select_related("user").order_by("kind", "from_date", "pk"))


def _version(rows: Sequence[Membership]) -> str:
    return version_of([(row.pk, row.from_date, row.to_date) for row in rows])


@transaction.atomic
def _correct(
    group: ClassGroup, rows: Sequence[Membership], wanted: Sequence[Days], *, known: str, by: User
) -> bool:
    """Write these days, and say if any is another one.

    Raises:
        NotAsShown: there are other memberships now, or other days.
        IntegrityError: two of a kind would have no last day.
    """
    lock_memberships(rows)
    now = _rows_of(group, rows[0].user.username)
    require_as_shown(now, known or _version(rows), _version(now))
    changed = correct_days(now, wanted)
    user = rows[0].user
    for before, after in changed:
        told = f"{_text(before)} → {_text(after)}"
        audit.record_row(AuditKind.MEMBERS_CHANGED, group, changes=told, by=by, person=user)
    return bool(changed)


def _text(days: Days) -> str:
    return "–" if days is None else f"{days[0] or ''}–{days[1] or ''}"


def _page(
    request: SignedInRequest,
    group: ClassGroup,
    rows: Sequence[Membership],
    sent: Sequence[DaysForm],
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "class_group": group,
        "person": rows[0].user,
        "forms": sent,
        "known": known or _version(rows),
        "meanwhile": meanwhile,
    }
    return render(request, f"{HERE}/days.html", context, status=status)
