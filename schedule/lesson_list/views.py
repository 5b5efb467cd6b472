"""The list of all lessons, in which planners look for some and do something to several at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import READ_AND_WRITE, see_other, with_query
from edu_platform.lib.paging import PageForm
from schedule import access
from schedule.lesson_list.filters import Filters
from schedule.lesson_list.forms import LessonFilterForm
from schedule.lesson_list.reading import USUAL_SIZE, codes_in_order, lesson_list
from schedule.lessons.several import codes_sent, existing_codes
from schedule.lessons.several_views import CANCEL, DELETE, OPEN_ROOMS, PUBLISH, RESTORE, ask

# A request reads so many in about two seconds.
AT_ONCE_AT_MOST = 10_000
# By what their button sends, in the order of the buttons.
DEEDS = {
    "publish": (PUBLISH, gettext_lazy("Publish…")),
    "cancel": (CANCEL, gettext_lazy("Cancel…")),
    "restore": (RESTORE, gettext_lazy("Undo cancellation…")),
    "delete": (DELETE, gettext_lazy("Delete…")),
    "open-rooms": (OPEN_ROOMS, gettext_lazy("Open another room…")),
}


@require_http_methods(READ_AND_WRITE)
def lessons(request: SignedInRequest) -> HttpResponse:
    """List the lessons that fit; POST asks before it does something to those that were chosen."""
    access.require(request.user, Action.PLAN_LESSONS)
    form = LessonFilterForm(request.GET)
    filters = form.filters()
    if request.method == "POST":
        return _ask(request, filters)
    page_form, path, at = PageForm(request.GET), reverse("schedule:lessons"), timezone.now()
    found = lesson_list(
        filters,
        number=page_form.page_number(),
        page_size=page_form.size(USUAL_SIZE),
        path=path,
        at=at,
    )
    context = {
        "found": found,
        "filters": filters,
        "filter_form": form,
        "turned_round": with_query(path, filters.turned_round().as_query()),
        "list_address": request.get_full_path(),
        "deeds": [(name, words) for name, (_several, words) in DEEDS.items()],
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "schedule/lessons.html", context)


def _ask(request: SignedInRequest, filters: Filters) -> HttpResponse:
    """Ask before it is done to the lessons that were ticked, or to all that fit."""
    back = request.get_full_path()
    asked = DEEDS.get(request.POST.get("action", ""))
    if "all" in request.POST:
        codes = codes_in_order(filters, at=timezone.now(), at_most=AT_ONCE_AT_MOST)
    else:
        codes = existing_codes(codes_sent(request.POST))
    if not codes or asked is None:
        messages.warning(request, _("Nothing was done: no lesson is chosen."))
        return see_other(back)
    if len(codes) > AT_ONCE_AT_MOST:
        sentence = _("These are more than %(count)s lessons: choose fewer by the filters.")
        messages.warning(request, sentence % {"count": AT_ONCE_AT_MOST})
        return see_other(back)
    several, _button = asked
    return ask(request, several, access.get_lessons_to_plan(request.user, codes), back=back)
