"""The pages of a term's weekly lessons, for planners."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    see_other,
    with_query,
)
from edu_platform.lib.paging import PageForm
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown, known_in
from edu_platform.lib.violations import violation_in_words
from schedule.lessons.access import TimetableChoice, get_timetable_choice
from schedule.lessons.choices import TimetableForm
from schedule.lessons.fields import BETWEEN_NAMES
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import (
    class_group_choices,
    class_groups_named,
    course_names,
    teacher_choices,
    timetable_choices,
)
from schedule.models import Term, WeeklyLesson
from schedule.occupancy.words import who_in_words
from schedule.terms.access import get_term_for, get_weekly_lesson_for
from schedule.terms.weekly_lessons.changes import (
    WeeklyLessonOverlaps,
    lessons_of,
    remove_weekly_lesson,
)
from schedule.terms.weekly_lessons.forms import (
    WeeklyLessonForm,
    has_changed_in_words,
    prefilled_weekly,
)
from schedule.terms.weekly_lessons.lists import WeeklyLessonRow, weekly_lesson_list
from schedule.terms.weekly_lessons.week_ranges import EVEN, ODD, Weeks
from schedule.terms.weekly_lessons.writing import plan_of
from schedule.terms.words import week_in_words, weeks_to_type
from schedule.week_grid import week_number


@require_safe
def term(request: SignedInRequest, code: str) -> HttpResponse:
    """Show a term with its weekly lessons, of all or of a class group or teacher."""
    term = get_term_for(request.user, code)
    choice = get_timetable_choice(request.user, request.GET.dict())
    page = PageForm(request.GET)
    listed = weekly_lesson_list(
        term, choice, number=page.page_number(), page_size=page.size(), path=request.path
    )
    context = {
        "term": term,
        "week_today": _week_today(term, timezone.localdate()),
        "choice": choice,
        "choice_form": TimetableForm(request.GET, *timetable_choices()),
        "listed": listed,
        "has_lessons": term.planned_lessons.filter(lesson__isnull=False).exists(),
        "grid_address": _address_in_grid(term, choice),
        "is_empty": choice.is_own and not listed.pager.count,
        "new_address": with_query(
            reverse("schedule:weekly_lesson_new", args=[term.code]), choice.as_query()
        ),
    }
    return render(request, "schedule/terms/term.html", context)


def _address_in_grid(term: Term, choice: TimetableChoice) -> str:
    """Return the week of the class group or teacher that alone is chosen; empty where none or both are."""
    return "" if len(choice.names) != 1 else _week_in_grid(term, choice.as_query())


def _week_in_grid(term: Term, query: Mapping[str, str]) -> str:
    """Return the week in the grid of whom an address of the list names; the grid of all where it names nobody."""
    path = reverse("schedule:weekly_grid", args=[term.code])
    if "teacher" in query:
        return with_query(path, {"by": "teacher", "of": query["teacher"]})
    return with_query(path, {"of": query["class_group"]} if "class_group" in query else {})


def _week_today(term: Term, today: dt.date) -> str:
    """Return nothing outside the term."""
    if not term.holds(today):
        return ""
    return week_in_words(week_number(today, first_monday=term.first_monday))


# --- Making and changing --------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def weekly_lesson_new(request: SignedInRequest, code: str) -> HttpResponse:
    term = get_term_for(request.user, code)
    initial = prefilled_weekly(request.GET.dict())
    if request.method == "POST":
        return _answer(request, WeeklyLessonForm(request.POST, term=term, initial=initial))
    return _form_page(request, WeeklyLessonForm(term=term, initial=initial))


@require_http_methods(READ_AND_WRITE)
def weekly_lesson_change(request: SignedInRequest, code: str, weekly_lesson: str) -> HttpResponse:
    weekly_lesson_now = get_weekly_lesson_for(request.user, code, weekly_lesson)
    if request.method != "POST":
        return _form_page(
            request, WeeklyLessonForm(term=weekly_lesson_now.term, weekly_lesson=weekly_lesson_now)
        )
    try:
        return _answer(
            request,
            WeeklyLessonForm(
                request.POST, term=weekly_lesson_now.term, weekly_lesson=weekly_lesson_now
            ),
        )
    except NotAsShown:
        return weekly_lesson_change(
            request, code, weekly_lesson
        )  # somebody was quicker: it is read anew


def _answer(request: SignedInRequest, form: WeeklyLessonForm) -> HttpResponse:
    """Save what was sent, unless the weekly lesson has changed since the form was shown.

    Raises:
        NotAsShown: it has changed in this moment.
    """
    if not form.is_valid():
        return _form_page(request, form, status=UNPROCESSABLE)
    if form.is_stale:
        return _form_page(request, form, status=CONFLICT)
    if "knows_lists" not in request.POST and (said := form.lists_in_words()):
        return _form_page(request, form, lists_said=said, status=CONFLICT)
    try:
        saved = form.save()
    except (WeeklyLesson.DoesNotExist, Term.DoesNotExist) as err:
        raise Http404 from err  # deleted meanwhile
    except WeeklyLessonOverlaps as err:
        return _form_page(request, form, overlaps=err, status=CONFLICT)
    except IntegrityError as err:
        form.add_error(None, violation_in_words(err))  # its course, say, was deleted meanwhile
        return _form_page(request, form, status=UNPROCESSABLE)
    _say_what_was_done(request, form)
    if "another" in request.POST:
        return see_other(_another(request, form))
    if form.weekly_lesson is None and "grid" not in request.GET:
        return see_other(_week_in_grid(form.term, _whose(request, saved)))
    return see_other(address_of_week(request, form.term, saved))


def _say_what_was_done(request: SignedInRequest, form: WeeklyLessonForm) -> None:
    if not form.has_saved:
        messages.info(request, _("Nothing was changed."))
        return
    is_new = form.weekly_lesson is None
    done = _("The weekly lesson was added.") if is_new else _("The weekly lesson was changed.")
    messages.success(request, done)
    if form.makes_course:
        messages.info(request, form.new_course_in_words())


def _another(request: SignedInRequest, form: WeeklyLessonForm) -> str:
    """Return the form of a new one with the same course, teacher and class groups."""
    cleaned = form.cleaned_data
    query = {
        "course": cleaned["course"],
        "teacher": cleaned["teacher"].username,
        "class_group": BETWEEN_NAMES.join(group.name for group in cleaned["class_groups"]),
        "another": "1",
        **grid_in_address(request),
    }
    return f"{reverse('schedule:weekly_lesson_new', args=[form.term.code])}?{urlencode(query)}"


def address_of_week(
    request: SignedInRequest, term: Term, weekly_lesson: WeeklyLesson | None = None
) -> str:
    """Return to where one came from: the grid, or the list of a teacher or class group, else of the weekly lesson's."""
    if "grid" in request.GET:
        return _address_of_grid(term, request.GET["grid"])
    return with_query(reverse("schedule:term", args=[term.code]), _whose(request, weekly_lesson))


def _whose(request: SignedInRequest, weekly_lesson: WeeklyLesson | None) -> dict[str, str]:
    """Return whose weekly lessons one looked at, as an address of the list says it."""
    teacher, named = request.GET.get("teacher", ""), request.GET.get("class_group", "")
    if teacher and not named:
        return {"teacher": teacher}
    groups, _unknown = class_groups_named(storable_text(named), ())
    if not groups and weekly_lesson is not None:
        groups = list(weekly_lesson.class_groups.active()[:1])
    return {"class_group": groups[0].name} if groups else {}


# The name of a place in the grid, as its page has it.
PLACE_IN_GRID = re.compile(r"[a-z][0-9]{1,19}-[0-9]{1,3}", re.ASCII)


def _address_of_grid(term: Term, query: str) -> str:
    """Return the grid of a term as one left it, at the place that one chose there; no other address comes of it."""
    fields = dict(parse_qsl(query))
    place = fields.pop("at", "")
    address = with_query(reverse("schedule:weekly_grid", args=[term.code]), fields)
    return f"{address}#{place}" if PLACE_IN_GRID.fullmatch(place) else address


def grid_in_address(request: SignedInRequest) -> dict[str, str]:
    """Return what a page adds to its links, so that they lead back to the grid from which one came."""
    return {"grid": request.GET["grid"]} if "grid" in request.GET else {}


def _form_page(
    request: SignedInRequest,
    form: WeeklyLessonForm,
    *,
    overlaps: WeeklyLessonOverlaps | None = None,
    lists_said: str = "",
    status: int = 200,
) -> HttpResponse:
    """Render the page; `lists_said` is said of its bell times before it is saved."""
    is_stale = status == CONFLICT and overlaps is None and not lists_said
    context = {
        "lists_said": lists_said,
        "knows_lists": lists_said or "knows_lists" in request.POST,
        "form": form,
        "term": form.term,
        # Who was shown faults alone has not seen yet what has changed meanwhile.
        "known": form.version if is_stale else form.known,
        "meanwhile": form.meanwhile() if is_stale else None,
        "weekly_lesson": form.weekly_lesson,
        "courses": course_names(),
        "teachers": teacher_choices(),
        "class_groups": class_group_choices(),
        "weeks": [weeks_to_type(Weeks(text)) for text in (ODD, EVEN)],
        "back": address_of_week(request, form.term, form.weekly_lesson),
        "to_grid": with_query("", grid_in_address(request)),
        "is_one_of_many": "another" in request.GET,
        "clashes": () if overlaps is None else taken_rows(form.term, overlaps),
    }
    return render(request, "schedule/terms/weekly_lesson_form.html", context, status=status)


def taken_rows(term: Term, err: WeeklyLessonOverlaps) -> list[tuple[str, WeeklyLessonRow]]:
    """Return who is taken, and by which other weekly lesson."""
    names = who_in_words({overlap.who for overlap in err.overlaps})
    return [
        (names[overlap.who], WeeklyLessonRow(overlap.weekly_lesson, term.code))
        for overlap in err.overlaps
    ]


# --- Deleting -------------------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def weekly_lesson_delete(request: SignedInRequest, code: str, weekly_lesson: str) -> HttpResponse:
    """Ask, and say what becomes of its lessons; then remove it."""
    weekly_lesson_now = get_weekly_lesson_for(request.user, code, weekly_lesson)
    back = address_of_week(request, weekly_lesson_now.term, weekly_lesson_now)
    if request.method != "POST":
        return _deletion_page(request, weekly_lesson_now, back)
    try:
        remove_weekly_lesson(weekly_lesson_now, known=known_in(request.POST))
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        now = get_weekly_lesson_for(request.user, code, weekly_lesson)
        return _deletion_page(request, now, back, status=CONFLICT)
    messages.success(request, _("The weekly lesson was deleted."))
    return see_other(back)


def _deletion_page(
    request: SignedInRequest, weekly_lesson: WeeklyLesson, back: str, *, status: int = 200
) -> HttpResponse:
    """Render the page that asks; with a conflict the weekly lesson is another one than it showed before."""
    context = {
        "term": weekly_lesson.term,
        "row": WeeklyLessonRow(weekly_lesson, weekly_lesson.term.code),
        "lessons": lessons_of(weekly_lesson, at=timezone.now()),
        "back": back,
        "known": plan_of(weekly_lesson).version,
        "meanwhile": _deletion_meanwhile() if status == CONFLICT else None,
    }
    return render(request, "schedule/terms/weekly_lesson_delete.html", context, status=status)


def _deletion_meanwhile() -> Meanwhile:
    return Meanwhile(
        heading=has_changed_in_words(),
        advice=_("Nothing was deleted. It is shown below as it is now."),
    )
