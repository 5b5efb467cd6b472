"""The pages of a term's weekly lessons, for planners."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

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
from schedule.lessons.access import get_timetable_choice
from schedule.lessons.choice_forms import TimetableForm
from schedule.lessons.fields import BETWEEN_NAMES
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import (
    class_group_choices,
    class_groups_named,
    course_names,
    teacher_choices,
)
from schedule.models import DAYS_A_WEEK, Pattern, Term
from schedule.occupancy.words import who_in_words
from schedule.terms.access import get_pattern_for, get_term_for
from schedule.terms.pattern_changes import PatternOverlaps, lessons_of, remove_pattern
from schedule.terms.pattern_forms import PatternForm, has_changed_in_words, prefilled_weekly
from schedule.terms.pattern_lists import PatternRow, term_week
from schedule.terms.pattern_plans import plan_of
from schedule.terms.week_ranges import EVEN, ODD, Weeks
from schedule.terms.words import week_in_words, weekday_in_words, weeks_to_type


@require_safe
def term(request: SignedInRequest, code: str) -> HttpResponse:
    """A term with its weekly lessons, of all or of a class group or teacher."""
    found = get_term_for(request.user, code)
    choice = get_timetable_choice(request.user, request.GET.dict())
    page = PageForm(request.GET)
    week = term_week(
        found, choice, number=page.page_number(), page_size=page.size(), path=request.path
    )
    context = {
        "term": found,
        "week_today": _week_today(found, timezone.localdate()),
        "choice": choice,
        "choice_form": TimetableForm(request.GET),
        "week": week,
        "has_lessons": found.planned_lessons.filter(lesson__isnull=False).exists(),
        "weekdays": [weekday_in_words(day) for day in range(1, DAYS_A_WEEK + 1)],
        "is_empty": choice.is_own and not week.pager.count,
        "new_address": with_query(
            reverse("schedule:pattern_new", args=[found.code]), choice.as_query()
        ),
    }
    return render(request, "schedule/terms/term.html", context)


def _week_today(term: Term, today: dt.date) -> str:
    """Empty outside the term."""
    if not term.first_monday <= today <= term.last_day:
        return ""
    return week_in_words((today - term.first_monday).days // DAYS_A_WEEK + 1)


# --- Making and changing --------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def pattern_new(request: SignedInRequest, code: str) -> HttpResponse:
    found = get_term_for(request.user, code)
    initial = prefilled_weekly(request.GET.dict())
    if request.method == "POST":
        return _answer(request, PatternForm(request.POST, term=found, initial=initial))
    return _form_page(request, PatternForm(term=found, initial=initial))


@require_http_methods(READ_AND_WRITE)
def pattern_change(request: SignedInRequest, code: str, pattern: str) -> HttpResponse:
    found = get_pattern_for(request.user, code, pattern)
    if request.method != "POST":
        return _form_page(request, PatternForm(term=found.term, pattern=found))
    try:
        return _answer(request, PatternForm(request.POST, term=found.term, pattern=found))
    except NotAsShown:
        return pattern_change(request, code, pattern)  # somebody was quicker: it is read anew


def _answer(request: SignedInRequest, form: PatternForm) -> HttpResponse:
    """Save what was sent, unless the weekly lesson has changed since the form was shown.

    Raises:
        NotAsShown: it has changed in this moment.
    """
    if not form.is_valid():
        return _form_page(request, form, status=UNPROCESSABLE)
    if form.is_stale:
        return _form_page(request, form, status=CONFLICT)
    try:
        saved = form.save()
    except (Pattern.DoesNotExist, Term.DoesNotExist) as err:
        raise Http404 from err  # deleted meanwhile
    except PatternOverlaps as err:
        return _form_page(request, form, overlaps=err, status=CONFLICT)
    except IntegrityError as err:
        form.add_error(None, violation_in_words(err))  # its course, say, was deleted meanwhile
        return _form_page(request, form, status=UNPROCESSABLE)
    _say_what_was_done(request, form)
    if "another" in request.POST:
        return see_other(_another(form))
    return see_other(_week_of(request, form.term, saved))


def _say_what_was_done(request: SignedInRequest, form: PatternForm) -> None:
    if not form.has_saved:
        messages.info(request, _("Nothing was changed."))
        return
    is_new = form.pattern is None
    done = _("The weekly lesson was added.") if is_new else _("The weekly lesson was changed.")
    messages.success(request, done)
    if form.makes_course:
        name = form.cleaned_data["course"]
        messages.info(request, _("The course %(name)s is new.") % {"name": name})


def _another(form: PatternForm) -> str:
    """The form of a new one with the same course, teacher and class groups."""
    cleaned = form.cleaned_data
    kept = {
        "course": cleaned["course"],
        "teacher": cleaned["teacher"].username,
        "class_group": BETWEEN_NAMES.join(group.name for group in cleaned["class_groups"]),
        "another": "1",
    }
    return f"{reverse('schedule:pattern_new', args=[form.term.code])}?{urlencode(kept)}"


def _week_of(request: SignedInRequest, term: Term, pattern: Pattern | None = None) -> str:
    """The week from which one came: of a teacher or class group; else of the weekly lesson's class group."""
    path = reverse("schedule:term", args=[term.code])
    teacher, named = request.GET.get("teacher", ""), request.GET.get("class_group", "")
    if teacher and not named:
        return with_query(path, {"teacher": teacher})
    groups, _unknown = class_groups_named(storable_text(named), ())
    if not groups and pattern is not None:
        groups = list(pattern.class_groups.active()[:1])
    return with_query(path, {"class_group": groups[0].name} if groups else {})


def _form_page(
    request: SignedInRequest,
    form: PatternForm,
    *,
    overlaps: PatternOverlaps | None = None,
    status: int = 200,
) -> HttpResponse:
    is_stale = status == CONFLICT and overlaps is None
    context = {
        "form": form,
        "term": form.term,
        # Who was shown faults alone has not seen yet what has changed meanwhile.
        "known": form.version if is_stale else form.known,
        "meanwhile": form.meanwhile() if is_stale else None,
        "pattern": form.pattern,
        "courses": course_names(),
        "teachers": teacher_choices(),
        "class_groups": class_group_choices(),
        "weeks": [weeks_to_type(Weeks(text)) for text in (ODD, EVEN)],
        "back": _week_of(request, form.term, form.pattern),
        "is_one_of_many": "another" in request.GET,
        "clashes": () if overlaps is None else _clashes(form.term, overlaps),
    }
    return render(request, "schedule/terms/pattern_form.html", context, status=status)


def _clashes(term: Term, err: PatternOverlaps) -> list[tuple[str, PatternRow]]:
    """Return who is taken, and by which other weekly lesson."""
    names = who_in_words({each.who for each in err.overlaps})
    return [(names[each.who], PatternRow(each.pattern, term.code)) for each in err.overlaps]


# --- Deleting -------------------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def pattern_delete(request: SignedInRequest, code: str, pattern: str) -> HttpResponse:
    """Ask, and say what becomes of its lessons; then remove it."""
    found = get_pattern_for(request.user, code, pattern)
    back = _week_of(request, found.term, found)
    if request.method != "POST":
        return _deletion_page(request, found, back)
    try:
        remove_pattern(found, known=known_in(request.POST))
    except Term.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown:
        now = get_pattern_for(request.user, code, pattern)
        return _deletion_page(request, now, back, status=CONFLICT)
    messages.success(request, _("The weekly lesson was deleted."))
    return see_other(back)


def _deletion_page(
    request: SignedInRequest, found: Pattern, back: str, *, status: int = 200
) -> HttpResponse:
    """Render the page that asks; with a conflict the weekly lesson is another one than it showed before."""
    context = {
        "term": found.term,
        "row": PatternRow(found, found.term.code),
        "lessons": lessons_of(found, at=timezone.now()),
        "back": back,
        "known": plan_of(found).version,
        "meanwhile": _deletion_meanwhile() if status == CONFLICT else None,
    }
    return render(request, "schedule/terms/pattern_delete.html", context, status=status)


def _deletion_meanwhile() -> Meanwhile:
    return Meanwhile(
        heading=has_changed_in_words(),
        advice=_("Nothing was deleted. It is shown below as it is now."),
    )
