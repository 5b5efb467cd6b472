"""The page on which teachers and staff invite guests into a lesson and send them away."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings
from accounts.permissions import Action
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    form_status,
    own_path,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.qr_codes import qr_code
from edu_platform.lib.shown_once import ShownOnce
from schedule import access
from schedule.guests.access import get_guest_of
from schedule.guests.door import OPENS_BEFORE
from schedule.guests.forms import GuestForm
from schedule.guests.reading import count_invited, guests_of
from schedule.guests.writing import (
    GUESTS_AT_MOST,
    GuestRefused,
    NoGuests,
    end_guest,
    invite_guest,
    why_no_guests,
)
from schedule.history.words import lesson_text, period_text
from schedule.models import Lesson

NEW_ADDRESS = ShownOnce(cookie="new_guest", salt="schedule.new_guest")
REASONS = {
    NoGuests.DRAFT: gettext_lazy("This lesson is a draft: publish it before you invite guests."),
    NoGuests.CANCELLED: gettext_lazy("This lesson was cancelled: it takes no guests."),
    NoGuests.OVER: gettext_lazy("The time of this lesson has passed: it takes no guests any more."),
    NoGuests.FULL: gettext_lazy(
        "This lesson has %(count)s guests, and takes no more: send somebody away first."
    ),
}


@require_http_methods(READ_AND_WRITE)
def lesson_guests(request: SignedInRequest, code: str) -> HttpResponse:
    """List the guests, and invite one; a new address is shown once in place of the list."""
    lesson = access.get_lesson_for(request.user, code, Action.INVITE_GUEST)
    new_address = NEW_ADDRESS.read(request, user_id=request.user.pk)
    if request.method == "GET" and new_address is not None:
        return _address_page(request, lesson, **new_address)
    if request.method != "POST":
        return _list_page(request, lesson, GuestForm())
    form = GuestForm(request.POST)
    if not form.is_valid():
        return _list_page(request, lesson, form)
    try:
        return _invite(request, lesson, form.cleaned_data["name"])
    except GuestRefused as refused:
        form.add_error(None, _in_words(refused.reason))
        return _list_page(request, lesson, form, status=CONFLICT)
    except Lesson.DoesNotExist as err:
        raise Http404 from err


def _invite(request: SignedInRequest, lesson: Lesson, name: str) -> HttpResponse:
    """Invite somebody, and lead to the page that shows their address.

    Raises:
        GuestRefused, Lesson.DoesNotExist: the lesson takes none.
    """
    guest, token = invite_guest(lesson, name, by=request.user, at=timezone.now())
    page = _page_of(lesson)
    response = see_other(page)
    secret = {"name": guest.name, "token": token}
    NEW_ADDRESS.keep(response, secret, user_id=request.user.pk, path=page)
    return response


def _list_page(
    request: SignedInRequest, lesson: Lesson, form: GuestForm, *, status: int | None = None
) -> HttpResponse:
    guests = guests_of(lesson)
    reason = why_no_guests(lesson, count_invited(guests), timezone.now())
    context = {
        "lesson": lesson,
        "lesson_text": lesson_text(lesson),
        "period": period_text(lesson.starts_at, lesson.ends_at),
        "guests": guests,
        # What was typed is shown again, also where the lesson takes no guest any more.
        "form": form if reason is None or form.is_bound else None,
        "reason": "" if reason is None or form.is_bound else _in_words(reason),
        "minutes_before": _minutes_before(),
    }
    code = form_status(form) if status is None else status
    return render(request, "schedule/guests/list.html", context, status=code)


def _address_page(
    request: SignedInRequest, lesson: Lesson, *, name: str, token: str, **_more: object
) -> HttpResponse:
    address = settings.PUBLIC_BASE_URL + reverse("guests:visit", args=[token])
    context = {
        "lesson": lesson,
        "name": name,
        "address": address,
        "qr_code": qr_code(address),
        "invitation": f"{_invitation(lesson, name)} {address}",
        "lesson_text": lesson_text(lesson),
        "period": period_text(lesson.starts_at, lesson.ends_at),
    }
    response = render(request, "schedule/guests/address.html", context)
    NEW_ADDRESS.forget(response, path=_page_of(lesson))
    return response


def _invitation(lesson: Lesson, name: str) -> str:
    """Return the words in which the address is sent to the guest."""
    return _(
        "%(name)s, you are invited to “%(lesson)s” of %(school)s: %(period)s (%(zone)s). From %(minutes)s minutes before on you come in by this link, which is for you alone:"
    ) % {
        "name": name,
        "lesson": lesson_text(lesson),
        "school": SchoolSettings.load().school_name,
        "period": period_text(lesson.starts_at, lesson.ends_at),
        "zone": _zone_in_words(),
        "minutes": _minutes_before(),
    }


def _zone_in_words() -> str:
    """Return the time zone of the school as people call it, as far as we have a word for it."""
    zone = timezone.get_default_timezone_name()
    return _("Beijing time") if zone == "Asia/Shanghai" else zone


@require_post_or_explain("schedule:lesson_guests", without=("guest",))
def guest_end(request: SignedInRequest, code: str, guest: str) -> HttpResponse:
    """Send a guest away, and lead back to the page with the button."""
    lesson = access.get_lesson_for(request.user, code, Action.INVITE_GUEST)
    if end_guest(get_guest_of(lesson, guest), by=request.user, at=timezone.now()):
        messages.success(request, _("The address of this guest no longer works."))
    else:
        messages.info(request, _("Somebody had sent this guest away already."))
    return see_other(own_path(request.POST.get("next")) or _page_of(lesson))


def _in_words(reason: NoGuests) -> str:
    return str(REASONS[reason]) % {"count": GUESTS_AT_MOST}


def _page_of(lesson: Lesson) -> str:
    return reverse("schedule:lesson_guests", args=[lesson.code])


def _minutes_before() -> int:
    return OPENS_BEFORE.seconds // 60
