"""Pages of the timetable: weeks, a lesson, the way into its class and out of it, and weeks on paper."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings, User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.error_pages import render_error
from edu_platform.lib.http import require_post_or_explain, with_query
from edu_platform.lib.live_pages import (
    has_returned,
    is_current,
    is_for_script,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from schedule import access
from schedule.access import may_see_hours
from schedule.door import error_pages
from schedule.door.clicks import go_in
from schedule.door.error_pages import EntryErrorPage
from schedule.door.left_classes import look_at_left_class
from schedule.door.people import EnteringPerson
from schedule.history.reading import history_of
from schedule.hooks import door_notes, lesson_panels
from schedule.lessons.access import (
    TimetableChoice,
    asks_for_whole_school,
    get_class_groups_to_print,
    get_timetable_choice,
)
from schedule.lessons.choices import TimetableForm
from schedule.lessons.named import timetable_choices
from schedule.lessons.pages import absence_address
from schedule.models import Lesson
from schedule.rooms.refusals import refusals_of
from schedule.rooms.replacement import RoomStillOpen, open_another_room
from schedule.rooms.time_left import NoTimeLeft
from schedule.terms.reading import lists_of, lists_on, provenance_of, term_week_of
from schedule.timetable import cards, page_facts, timetables, weeks
from schedule.timetable.cards import LessonCard
from schedule.timetable.empty_places import EmptyPlaces, bells_of
from schedule.timetable.forms import DayForm, day_field_context
from schedule.timetable.page_facts import LessonFacts
from schedule.timetable.print_weeks import WeekOnPaper
from schedule.timetable.school_week import school_week_address
from schedule.timetable.weeks import Week
from schedule.week_grid import DAY, DAYS_A_WEEK, sunday_of

WEEK = DAYS_A_WEEK * DAY
# How often the page after class asks while it knows nothing of the end, which the cloud tells soon after.
END_IS_KNOWN_WITHIN_S = 5
# What `of` of an address says when each teacher gets a page, and not each class group.
OF_TEACHERS = "teachers"


@require_safe
def this_week(request: SignedInRequest) -> HttpResponse:
    """Show this week; `day` comes from the date field, and leads to the week that holds it."""
    day = DayForm(request.GET).chosen_day()
    if day is not None:
        query = {name: str(value) for name, value in request.GET.items() if name != "day"}
        return redirect(with_query(reverse("schedule:week", args=[day]), query))
    if asks_for_whole_school(request.GET):
        return _to_matrix(request)
    return _week_page(request, timezone.localdate())


@require_safe
def week(request: SignedInRequest, day: dt.date) -> HttpResponse:
    if asks_for_whole_school(request.GET):
        return _to_matrix(request, day)
    return _week_page(request, day)


def _to_matrix(request: SignedInRequest, day: dt.date | None = None) -> HttpResponse:
    """Lead to the week of the whole school, which was a page of this kind once."""
    access.require_matrix(request.user, SchoolSettings.load())
    return redirect(school_week_address(day))


def _week_page(request: SignedInRequest, day: dt.date) -> HttpResponse:
    """Show the page, which follows the state of its lessons."""
    if has_returned(request):
        look_at_left_class(request.user)
    now = timezone.now()
    choice = get_timetable_choice(request.user, request.GET)
    timetable = timetables.timetable_of(choice, request.user)
    facts = page_facts.week_facts(day, timetable, at=now)
    version = [lesson_facts.shown for lesson_facts in facts]
    if is_current(known_version(request), version, at=now):
        return unchanged()
    viewer = timetables.viewer_of(request.user, is_own_timetable=choice.is_own)
    followed_lessons = (lesson_facts.lesson for lesson_facts in facts)
    of_term = term_week_of(day)
    if of_term is not None:
        of_term = of_term.for_class_groups(timetable.class_group_ids)
    week = weeks.week_of(day, followed_lessons, viewer, now, of_term=of_term)
    upcoming = week.next_lesson or weeks.next_lesson(timetable, viewer, now)
    context = {
        "school": viewer.school,
        "week": week,
        "next_lesson": upcoming,
        "next_lesson_url": upcoming and _week_url(upcoming.date, choice.as_query()),
        "day": day,
        **_around_week(request, choice, week.monday),
        **_planning_offers(choice, week, day, now),
    }
    followed = timed_page(
        request.get_full_path(),
        version,
        moments=page_facts.moments_of(week.with_next(upcoming), viewer.school, at=now),
        at=now,
        page=str(week.monday),
    )
    return render_live(
        request, "schedule/week.html", "schedule/_week_parts.html", context, followed
    )


def _around_week(
    request: SignedInRequest, choice: TimetableChoice, monday: dt.date
) -> dict[str, object]:
    """Return whose week it is, and the ways on from it."""
    return {
        "choice": choice,
        "whose": _whose(choice, request.user),
        "choice_form": _choice_form(request, choice),
        "sees_hours": may_see_hours(request.user),
        **day_field_context(),
        **_week_addresses(monday, choice),
    }


def _whose(choice: TimetableChoice, user: User) -> str:
    return " · ".join(choice.names or [user.display_name])


def _week_addresses(monday: dt.date, choice: TimetableChoice) -> dict[str, str | None]:
    query = choice.as_query()
    of_days = with_query(reverse("schedule:today"), {**query, "day": ""})
    return {
        # The day follows; of the person's own timetable there is no page of a day.
        "days_url": None if choice.is_own else of_days,
        "matrix_url": school_week_address(monday),
        "previous_url": _week_url(monday - WEEK, query),
        "next_url": _week_url(monday + WEEK, query),
        "this_week_url": with_query(reverse("schedule:this_week"), query),
    }


def _planning_offers(
    choice: TimetableChoice, week: Week, day: dt.date, now: dt.datetime
) -> dict[str, object]:
    """Return where planners begin a new lesson: by a button, and on each empty place of a chosen week."""
    if not choice.may_plan:
        return {"new_lesson_url": None, "empty_places": None, "absence_url": "", "lessons_url": ""}
    address = reverse("schedule:lesson_new")
    query = choice.as_query()
    named = choice.teacher or choice.class_group
    places = None
    if named:
        begin_by = bells_of(choice.class_group, lists_of(week.of_term))
        places = EmptyPlaces(with_query(address, query), week.days, now, begin_by)
    return {
        "new_lesson_url": with_query(address, {**query, "date": str(day)}),
        "empty_places": places,
        "absence_url": _absence_url(choice.teacher, week.monday),
        "lessons_url": with_query(reverse("schedule:lessons"), query),
    }


def _absence_url(teacher: User | None, monday: dt.date) -> str:
    """Return where the teacher whose week it is is said to be away in it; in the weeks of others who is away is asked."""
    if teacher is None:
        return reverse("schedule:absences")
    return absence_address(teacher, monday, sunday_of(monday))


def _choice_form(request: SignedInRequest, choice: TimetableChoice) -> TimetableForm | None:
    """Return the form for those who may choose; it is no part that is followed."""
    if not choice.may_choose or is_for_script(request):
        return None
    return TimetableForm(request.GET, *timetable_choices())


@require_safe
def lesson(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the page, which follows the state of the class."""
    if has_returned(request):
        look_at_left_class(request.user)
    now = timezone.now()
    facts = page_facts.lesson_facts(code)
    if facts is None:
        raise Http404
    if is_current(known_version(request), facts.shown, at=now):
        access.relations_for(request.user, facts.lesson)
        return unchanged()
    lesson, relations = access.get_lesson_with_relations(request.user, code)
    school = SchoolSettings.load()
    entry = access.entry_relation(relations)
    bell_lists = lists_on(timezone.localdate(lesson.starts_at))
    card = cards.card_for_page(facts.lesson, relations, entry, school, now, bell_lists)
    panels = lesson_panels(lesson, relations, request.user, card.stage)
    context = {
        "school": school,
        "lesson": lesson,
        "card": card,
        "may_reopen": may(Action.OPEN_ANOTHER_ROOM, relations),
        "refusals": refusals_of(lesson) if _is_told_of_room(card, relations) else None,
        "history": history_of(lesson, relations),
        "provenance": provenance_of(lesson.pk),
        "may_plan": may(Action.PLAN_LESSONS, relations),
        "panels": panels,
        "panels_now": [panel for panel in panels if panel.acts_in(card.stage)],
    }
    moments = page_facts.moments_of([card], school, at=now)
    followed = timed_page(request.get_full_path(), facts.shown, moments=moments, at=now)
    return render_live(
        request, "schedule/lesson.html", "schedule/_lesson_parts.html", context, followed
    )


def _is_told_of_room(card: LessonCard, relations: set[Relation]) -> bool:
    """Tell whether somebody who can do something about the room looks at a class that is not over."""
    return not card.is_over and may(Action.OPEN_ANOTHER_ROOM, relations)


@require_safe
def after_class(request: SignedInRequest) -> HttpResponse:
    """Show where the class page leads when the class has ended: to its lesson, and to what comes next.

    People come before the cloud has told us of the end, so the cloud is asked; until it knows, the page asks often.
    """
    if has_returned(request) or not is_for_script(request):
        look_at_left_class(request.user)
    now = timezone.now()
    facts = page_facts.last_entered_facts(request.user)
    if facts is not None and is_current(known_version(request), facts.shown, at=now):
        access.relations_for(request.user, facts.lesson)
        return unchanged()
    last = access.get_last_entered(request.user)
    if facts is None or last is None:
        return redirect("schedule:this_week")
    return _after_class_page(request, *last, facts, now)


def _after_class_page(
    request: SignedInRequest,
    left: Lesson,
    relations: set[Relation],
    facts: LessonFacts,
    now: dt.datetime,
) -> HttpResponse:
    viewer = timetables.viewer_of(request.user, is_own_timetable=True)
    timetable = timetables.own_timetable(request.user)
    upcoming = weeks.next_lesson(timetable, viewer, now, besides=left)
    entry = access.entry_relation(relations)
    card = cards.card_for_page(facts.lesson, relations, entry, viewer.school, now)
    context = {
        "school": viewer.school,
        "lesson": left,
        "card": card,
        "may_reopen": may(Action.OPEN_ANOTHER_ROOM, relations),
        "panels": lesson_panels(left, relations, request.user, card.stage),
        "next_lesson": upcoming,
        "time_zone": timezone.get_default_timezone_name(),
    }
    followed_cards = [
        followed_card for followed_card in (card, upcoming) if followed_card is not None
    ]
    moments = page_facts.moments_of(followed_cards, viewer.school, at=now)
    followed = timed_page(request.path, facts.shown, moments=moments, at=now, page=left.code)
    if not card.is_over:
        followed = replace(followed, asks_every_s=END_IS_KNOWN_WITHIN_S)
    return render_live(
        request, "schedule/after_class.html", "schedule/_after_class_parts.html", context, followed
    )


@never_cache
@require_post_or_explain("schedule:lesson")
def enter(request: SignedInRequest, code: str) -> HttpResponse:
    """Answer 303 to the class link, which is in no page, log or history of ours."""
    try:
        lesson, relation = access.get_lesson_to_enter(request.user, code)
    except PermissionDenied:
        return _refuse(request, error_pages.not_on_roster(), None)
    entrant = EnteringPerson(request.user, relation)
    answer = go_in(entrant, lesson, request.POST.get("arrived", ""))
    if isinstance(answer, EntryErrorPage):
        return _refuse(request, answer, lesson, relation if answer.reference else None)
    return answer


@require_post_or_explain("schedule:lesson")
def reopen(request: SignedInRequest, code: str) -> HttpResponse:
    lesson = access.get_lesson_for(request.user, code, Action.OPEN_ANOTHER_ROOM)
    try:
        open_another_room(lesson, at=timezone.now())
    except NoTimeLeft:
        return _refuse(request, error_pages.over_without_room(), lesson)
    except RoomStillOpen:
        messages.info(request, _("The class can be entered: it has not ended."))
    else:
        messages.success(request, _("Another room is ready to be entered."))
    return redirect("schedule:lesson", code=lesson.code)


def _refuse(
    request: SignedInRequest,
    error: EntryErrorPage,
    lesson: Lesson | None,
    relation: Relation | None = None,
) -> HttpResponse:
    """Say why somebody is not let in; `relation`: they may enter, only not at this moment."""
    may_reopen = (
        error.may_reopen
        and lesson is not None
        and may(Action.OPEN_ANOTHER_ROOM, access.lesson_relations(request.user, lesson))
    )
    context: dict[str, object] = {"lesson": lesson, "may_reopen": may_reopen}
    if lesson is not None and relation is not None:
        context["notes"] = door_notes(lesson, {relation}, timezone.now())
    return render_error(request, "schedule/error.html", error, context)


def _week_url(day: dt.date, query: dict[str, str]) -> str:
    return with_query(reverse("schedule:week", args=[day]), query)


@require_safe
def print_weeks(request: SignedInRequest, day: dt.date) -> HttpResponse:
    access.require(request.user, Action.SEE_ANY_TIMETABLE)
    school = SchoolSettings.load()
    names = [name for name in request.GET.getlist("class_group") if name]
    of_teachers = request.GET.get("of") == OF_TEACHERS
    week = WeekOnPaper(day, school, timezone.now(), term_week_of(day))
    if of_teachers:
        sheets = week.of_teachers()
    else:
        sheets = week.of_class_groups(get_class_groups_to_print(request.user, names))
    context = {
        "school": school,
        "day": day,
        "week": week,
        "of_term": week.of_term,
        "of_teachers": of_teachers,
        "is_chosen": bool(names) and not of_teachers,
        "sheets": sheets.sheets,
        "without_lessons": sheets.without_lessons,
    }
    return render(request, "schedule/print_weeks.html", context)
