"""The page on which administrators say how long each kind of data is kept, and see what was deleted last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.contrib import messages
from django.forms.boundfield import BoundField
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import KeepingTime
from accounts.permissions import Action
from accounts.services.keeping_times import (
    chosen_days,
    days_in_force,
    forgotten_last,
    set_keeping_times,
    version_of_times,
)
from edu_platform.keeping_times.forms import KeepingTimesForm
from edu_platform.lib.formatting import age_text
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, form_status, see_other
from edu_platform.lib.keeping_times import KeptKind, all_kinds
from edu_platform.lib.versions import NotAsShown, is_as_shown, known_in, version_of
from schedule import access
from schedule.lessons.meanwhile import Meanwhile, Unlike, saving_overwrites


@dataclass(frozen=True, slots=True)
class Row:
    """A kind of data on the page; `field` is that of the form where the school sets it."""

    kind: KeptKind
    deleted: KeepingTime | None
    field: BoundField | None = None

    @property
    def default(self) -> str:
        return age_text(self.kind.default) if self.kind.default else _("for good")

    @property
    def shortest(self) -> str:
        return age_text(self.kind.shortest) if self.kind.shortest else ""

    @property
    def address(self) -> str:
        return reverse(self.kind.set_at) if self.kind.set_at else ""


@require_http_methods(READ_AND_WRITE)
def keeping_times(request: SignedInRequest) -> HttpResponse:
    """Show the times, and set those that the school may choose; shorter ones once that is confirmed (`confirm`)."""
    access.require(request.user, Action.SET_KEEPING_TIMES)
    in_force = days_in_force(chosen_days())
    known = known_in(request.POST) or version_of_times(in_force)
    form = KeepingTimesForm(request.POST if request.method == "POST" else None, in_force=in_force)
    if not form.is_valid():
        return _page(request, form, known=known, status=form_status(form))
    if not is_as_shown(known, version_of_times(in_force)):
        return _changed_meanwhile(request, form, in_force)
    confirm = version_of([(kind.code, wanted) for kind, _now, wanted in form.shortened])
    if form.shortened and request.POST.get("confirm") != confirm:
        return _page(request, form, known=known, confirm=confirm)
    try:
        has_changed = set_keeping_times(form.days, known=known, by=request.user)
    except NotAsShown as err:
        return _changed_meanwhile(request, form, err.now)
    if has_changed:
        messages.success(
            request, _("The keeping times were saved. They count from the next night.")
        )
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("keeping_times"))


def _changed_meanwhile(
    request: SignedInRequest, form: KeepingTimesForm, now: Mapping[str, int]
) -> HttpResponse:
    unlike = [
        Unlike(str(field.label), str(now[field.name]), str(field.value() or "–"))
        for field in form
        if str(now[field.name]) != str(field.value())
    ]
    meanwhile = Meanwhile(
        heading=_("The keeping times have changed since you opened this page"),
        unlike=unlike,
        advice=saving_overwrites(),
    )
    known = version_of_times(now)
    return _page(request, form, known=known, meanwhile=meanwhile, status=CONFLICT)


def _page(
    request: SignedInRequest,
    form: KeepingTimesForm,
    *,
    known: str,
    confirm: str = "",
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    deleted = forgotten_last()
    kinds = list(all_kinds())
    context = {
        "form": form,
        "rows": [
            Row(kind, deleted.get(kind.code), form[kind.code]) for kind in kinds if kind.is_settable
        ],
        "others": [Row(kind, deleted.get(kind.code)) for kind in kinds if not kind.is_settable],
        "known": known,
        "confirm": confirm,
        "shortened": form.shortened if confirm else (),
        "meanwhile": meanwhile,
    }
    return render(request, "keeping_times/keeping_times.html", context, status=status)
