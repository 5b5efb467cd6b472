"""One's own consent to recordings: read, given, withdrawn, printed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.enums import Role
from accounts.hooks import OwnLink
from accounts.models import User
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import is_as_shown, known_in
from schedule.consents.reading import PersonConsent, consent_of, with_guardian
from schedule.consents.slips import slip_of
from schedule.consents.texts import current_text, has_text, version_of_text, words_of
from schedule.consents.writing import GivenConsent, give_consents, withdraw_consents
from schedule.models import ClassGroup, ConsentText
from schedule.school_years import school_year_in_words, school_year_of

HERE = "schedule/consents"
OWN = "own_consent:consent"


def consent_links(user: User) -> Iterator[OwnLink]:
    """For the profile of students, once the school has a text; one query, and none for anybody else."""
    if user.has_role(Role.STUDENT) and has_text():
        yield OwnLink(reverse(OWN), _("Consent to recordings"))


@require_http_methods(READ_AND_WRITE)
def consent(request: SignedInRequest) -> HttpResponse:
    """Show the text and what was answered; agree on POST."""
    text = current_text()
    if request.method != "POST":
        return _page(request, text)
    if text is None or not is_as_shown(known_in(request.POST), version_of_text(text)):
        fault = _("The text has changed since you opened this page. Read it, and answer then.")
        return _page(request, text, fault=fault, status=CONFLICT)
    if _needs_guardian(request.user):
        fault = _("You are in a class group under 14: a guardian agrees for you, on paper.")
        return _page(request, text, fault=fault, status=UNPROCESSABLE)
    now = timezone.now()
    given = [GivenConsent(request.user)]
    give_consents(given, text=text, school_year=_school_year(), at=now, by=request.user)
    messages.success(request, _("You have agreed. You can withdraw your consent at any time."))
    return see_other(reverse(OWN))


@require_http_methods(READ_AND_WRITE)
def withdraw(request: SignedInRequest) -> HttpResponse:
    """Say what it does and does not do; withdraw on POST."""
    if request.method != "POST":
        return render(request, f"{HERE}/withdraw.html", {"held": _held(request.user)})
    at = timezone.now()
    if withdraw_consents([request.user], school_year=_school_year(), at=at, by=request.user):
        messages.success(request, _("Your consent was withdrawn."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse(OWN))


@require_safe
def print_own(request: SignedInRequest) -> HttpResponse:
    """Show one's consent on paper, or the slip that a guardian signs."""
    text, held = current_text(), _held(request.user)
    if text is None:
        return see_other(reverse(OWN))
    names = [group.name for group in _class_groups(request.user)]
    slip = slip_of(
        request.user,
        held,
        text=text,
        class_groups=names,
        needs_guardian=_needs_guardian(request.user),
    )
    context = {
        "slips": [slip],
        "school_year": _year_in_words(),
        "back": reverse(OWN),
        "back_words": _("Consent to recordings"),
    }
    return render(request, f"{HERE}/slips.html", context)


def _page(
    request: SignedInRequest, text: ConsentText | None, *, fault: str = "", status: int = 200
) -> HttpResponse:
    user = request.user
    context: dict[str, Any] = {
        "text": text,
        "words": "" if text is None else words_of(text),
        "known": version_of_text(text),
        "held": _held(user),
        "school_year": _year_in_words(),
        "is_student": bool(_class_groups(user)),
        "needs_guardian": _needs_guardian(user),
        "fault": fault,
    }
    return render(request, f"{HERE}/own.html", context, status=status)


def _held(user: User) -> PersonConsent:
    return consent_of(user, school_year=_school_year())


def _needs_guardian(user: User) -> bool:
    return bool(with_guardian([user.pk], day=timezone.localdate()))


def _class_groups(user: User) -> list[ClassGroup]:
    """Return the class groups in which somebody is a student today, by name."""
    today = timezone.localdate()
    memberships = user.memberships.of_students().on(day=today)
    groups = ClassGroup.objects.active().filter(pk__in=memberships.values("class_group"))
    return list(groups.order_by("name_key", "pk"))


def _school_year() -> int:
    return school_year_of(timezone.localdate())


def _year_in_words() -> str:
    return school_year_in_words(_school_year())
