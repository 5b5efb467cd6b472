"""The school's day: the start page of those who look after the school, and its buttons beside what is not in order."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.hooks import UnderWay
from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.http import own_path, require_post_or_explain, see_other, with_query
from edu_platform.lib.live_pages import (
    ASKS_EVERY,
    LivePage,
    has_returned,
    is_current,
    is_for_script,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from schedule import access
from schedule.door.left_classes import look_at_left_class
from schedule.hooks import day_links
from schedule.lessons.access import TimetableChoice, get_timetable_choice
from schedule.not_in_order.figures import figures_of, further_figures, shown_in_words
from schedule.school_day_hooks import TileNote, day_figures, not_in_order, tile_notes
from schedule.terms.reading import TermWeek, lists_of, term_week_of
from schedule.timetable import day as days
from schedule.timetable import page_facts, timetables
from schedule.timetable.day import SchoolDay
from schedule.timetable.day_filters import DayFilter, DayFilterForm, Shown
from schedule.timetable.day_order import day_names
from schedule.timetable.drafts import drafts_to_come
from schedule.timetable.forms import DayForm, day_field_context
from schedule.timetable.page_facts import LessonFacts
from schedule.timetable.school_week import school_week_address
from schedule.timetable.timetables import Timetable, Viewer
from schedule.week_grid import DAY
from schedule.work.reading import work_under_way

# How often the day asks while long work is under way.
WORK_FOLLOWED_EVERY = dt.timedelta(seconds=5)
# How often while classes are held, of which somebody knows who is there.
CLASSES_FOLLOWED_EVERY = dt.timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class _Followed:
    """The facts that the page of a day follows."""

    lessons: list[LessonFacts]
    under_way: list[UnderWay]
    notes: dict[int, TileNote]

    @property
    def version(self) -> object:
        return [lesson.shown for lesson in self.lessons], self.under_way, self.notes

    @property
    def asks_every(self) -> dt.timedelta:
        if self.under_way:
            return WORK_FOLLOWED_EVERY
        return CLASSES_FOLLOWED_EVERY if self.notes else ASKS_EVERY


@require_safe
def today(request: SignedInRequest) -> HttpResponse:
    """Show today, or the day that the address names; the page follows the state of its lessons."""
    access.require(request.user, Action.SEE_SCHOOL_DAY)
    if has_returned(request):
        look_at_left_class(request.user)
    now = timezone.now()
    choice = get_timetable_choice(request.user, request.GET)
    day = DayForm(request.GET).chosen_day() or timezone.localdate(now)
    timetable = timetables.school_timetable(choice)
    followed = _followed(request.user, day, timetable, now)
    if is_current(known_version(request), followed.version, at=now):
        return unchanged()
    names = day_names(page_facts.class_groups_in(followed.lessons))
    chosen = DayFilter.read(request.GET, names)
    viewer = timetables.viewer_of(request.user, is_own_timetable=False)
    of_term = term_week_of(day)
    lists = lists_of(of_term)
    school_day = days.day_of(
        day,
        followed.lessons,
        names,
        viewer,
        now,
        chosen=chosen,
        bell_lists=lists,
        notes=followed.notes,
    )
    next_day = _next_day(school_day, chosen, timetable)
    context = {
        "school": viewer.school,
        "day": school_day,
        "unusual": _unusual(of_term, day, timetable),
        # It is no part that is followed.
        "choice_form": None if is_for_script(request) else DayFilterForm(request.GET, names),
        "under_way": followed.under_way,
        **_around(request, school_day, choice, chosen, next_day, now),
    }
    live = _live_page(request, followed, school_day, viewer, now)
    return render_live(request, "schedule/today.html", "schedule/_today_parts.html", context, live)


def _followed(user: User, day: dt.date, timetable: Timetable, now: dt.datetime) -> _Followed:
    lessons = page_facts.day_facts(day, timetable)
    is_today = day == timezone.localdate(now)
    notes = tile_notes(days.held_now(lessons, now), now) if is_today else {}
    return _Followed(lessons, work_under_way(user), notes)


def _around(
    request: SignedInRequest,
    school_day: SchoolDay,
    choice: TimetableChoice,
    chosen: DayFilter,
    next_day: dt.date | None,
    now: dt.datetime,
) -> dict[str, object]:
    """Return what stands around the lessons of a day: what was chosen, what is to be done, and the ways on."""
    query = choice.as_query() | chosen.as_query()
    return {
        "chosen_names": [*choice.names, *chosen.names],
        "query": query,
        **_to_do(request, school_day, chosen.shown, query, now),
        **day_field_context(),
        **_addresses(school_day, choice, query, next_day),
    }


def _unusual(of_term: TermWeek | None, day: dt.date, timetable: Timetable) -> list[str]:
    """Return what the school's calendar says of the day, for the class group that was chosen or for all."""
    if of_term is None:
        return []
    return of_term.for_class_groups(timetable.class_group_ids).unusual_on(day)


def _live_page(
    request: SignedInRequest,
    followed: _Followed,
    school_day: SchoolDay,
    viewer: Viewer,
    now: dt.datetime,
) -> LivePage:
    """Return the page's message to its script: it changes with its lessons, and with the periods that it names."""
    of_lessons = page_facts.moments_of(school_day.cards, viewer.school, at=now)
    return timed_page(
        request.get_full_path(),
        followed.version,
        moments=[*of_lessons, *school_day.slots.moments(school_day.date)],
        at=now,
        asks_every=followed.asks_every,
        page=str(school_day.date),
    )


def _to_do(
    request: SignedInRequest,
    school_day: SchoolDay,
    shown: Shown | None,
    query: dict[str, str],
    now: dt.datetime,
) -> dict[str, object]:
    """Return the figures, and what somebody has to look after."""
    relations = access.general_relations(request.user)
    lines = not_in_order(request.user, now)
    day = None if school_day.is_today else school_day.date
    everything = _address(query, day)
    addresses = {
        # The figure that is looked at leads back to all lessons.
        figure: everything if figure is shown else _address({**query, "show": figure.value}, day)
        for figure in Shown
    }
    return {
        "figures": [
            *figures_of(school_day, shown, addresses),
            *further_figures(day_figures(request.user), lines),
        ],
        "shown": "" if shown is None else shown.value,
        "shown_words": "" if shown is None else shown_in_words(shown),
        "all_shown_url": everything,
        "may_plan": access.may_plan(request.user),
        "day_links": day_links(request.user),
        "drafts": drafts_to_come(now) if may(Action.SEE_DRAFT, relations) else None,
        "not_in_order": lines,
        "list_address": request.get_full_path(),
    }


def _next_day(school_day: SchoolDay, chosen: DayFilter, timetable: Timetable) -> dt.date | None:
    """Return where to look next after a day without lessons; by grade and course days are not looked through."""
    if school_day.has_lessons or chosen.as_query():
        return None
    return timetables.next_day_with_lessons(school_day.date, timetable)


def _addresses(
    school_day: SchoolDay,
    choice: TimetableChoice,
    query: dict[str, str],
    next_day: dt.date | None,
) -> dict[str, object]:
    return {
        "next_day": next_day,
        "next_day_url": _address(query, next_day),
        "previous_url": _address(query, school_day.date - DAY),
        "next_url": _address(query, school_day.date + DAY),
        "today_url": "" if school_day.is_today else _address(query),
        "everything_url": _address({}, None if school_day.is_today else school_day.date),
        "week_url": _week_address(school_day.date, choice, query),
    }


def _week_address(day: dt.date, choice: TimetableChoice, query: dict[str, str]) -> str:
    """Return the week of who was chosen, else that of the whole school, of the same grade and course."""
    if choice.names:
        return with_query(reverse("schedule:week", args=[day]), choice.as_query())
    return school_week_address(day, query)


def _address(query: dict[str, str], day: dt.date | None = None) -> str:
    asked = query if day is None else {**query, "day": day.isoformat()}
    return with_query(reverse("schedule:today"), asked)


@require_post_or_explain("schedule:today")
def mend(request: SignedInRequest) -> HttpResponse:
    """Do what the button says, while that is still not in order, and lead back to its page."""
    access.require(request.user, Action.SEE_SCHOOL_DAY)
    kind, at = request.POST.get("kind", ""), timezone.now()
    lines = (line for line in not_in_order(request.user, at) if kind and line.kind == kind)
    runs = [line.remedy.run for line in lines if line.remedy and line.remedy.run]
    for run in runs:
        messages.success(request, run(at))
    if not runs:
        messages.info(request, _("There was nothing to be done: it is in order by now."))
    return see_other(own_path(request.POST.get("next")) or reverse("schedule:today"))
