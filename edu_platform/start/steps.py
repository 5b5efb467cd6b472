"""The steps of the first hour: what each needs, what of it is there, who may do it, and where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrPromise

from accounts.enums import Role
from accounts.models import SchoolSettings, User
from edu_platform.lib.formatting import in_parts, moment_text
from edu_platform.lib.http import with_query
from edu_platform.start.facts import Facts, TermFacts, read_facts
from edu_platform.start.step import Fact, Step, Way, address_of
from schedule.people.filters import Filters, State

# By these names addresses lead to them.
SCHOOL, PEOPLE, TERM, WEEKLY, PLAN = "school", "people", "term", "weekly", "plan"
CLOUD, FIRST_CLASS = "cloud", "class"


# None: nobody in particular reads.
Maker = Callable[[Facts, User | None], Step]


def steps_of(school: SchoolSettings, user: User | None, at: dt.datetime) -> list[Step]:
    facts = read_facts(school, at)
    return [make(facts, user) for make in MAKERS.values()]


def open_steps(steps: Iterable[Step], *names: str) -> list[Step]:
    """Return those that are not done, of these names, in their order."""
    return [step for step in steps if not step.is_done and (not names or step.name in names)]


PLANNERS: StrPromise = gettext_lazy("Planners and administrators do this.")
ADMINISTRATORS: StrPromise = gettext_lazy("Administrators do this.")


# --- The school -----------------------------------------------------------------------------------


def _school(facts: Facts, user: User | None) -> Step:
    school = facts.school
    named = school.has_own_name
    name = (
        _("The school is called %(name)s.")
        if named
        else _("The name is still the one that every installation begins with: %(name)s.")
    )
    logo = _("There is a logo.") if school.logo else _("There is no logo: pages show the name.")
    zone = _("Times are those of %(zone)s.") % {"zone": settings.TIME_ZONE}
    return Step(
        SCHOOL,
        _("The school's name and logo"),
        _(
            "They stand at the top of every page, on the page of the sign-in and on what is printed."
        ),
        f"{school.school_name} · {settings.TIME_ZONE}" if named else _("Not given yet"),
        named,
        (
            Fact(name % {"name": school.school_name}, named),
            Fact(logo, bool(school.logo), is_needed=False),
            Fact(zone, is_there=True),
        ),
        str(ADMINISTRATORS),
        is_yours=user is not None and user.is_administrator,
    )


# --- People ---------------------------------------------------------------------------------------


def _people(facts: Facts, _user: User | None) -> Step:
    people = facts.people
    found = [
        Fact(_teachers(people.teachers), people.teachers > 0),
        Fact(_students(people.students), people.students > 0),
        Fact(_groups(people.class_groups), people.class_groups > 0),
    ]
    if people.without_class_group:
        alone = ngettext(
            "%(count)s student is in no class group, and has no lessons.",
            "%(count)s students are in no class group, and have no lessons.",
            people.without_class_group,
        )
        words = alone % {"count": f"{people.without_class_group:,}"}
        found.append(Fact(words, is_there=False, is_needed=False))
    if people.without_sign_in:
        found.append(_without_sign_in(people.without_sign_in))
    return Step(
        PEOPLE,
        _("People"),
        _(
            "Teachers, students and their class groups: one file has all of them, with a start password for each."
        ),
        in_parts(fact.words for fact in found[:3]) if people.teachers else _("None yet"),
        people.are_enough,
        tuple(found),
        str(PLANNERS),
        (
            Way(_("Import a file"), reverse("imports:people")),
            Way(_("Add one person"), reverse("people:new")),
        ),
    )


def _without_sign_in(count: int) -> Fact:
    words = ngettext(
        "%(count)s person has no way to sign in yet.",
        "%(count)s people have no way to sign in yet.",
        count,
    )
    query = Filters(state=State.NO_PASSWORD).as_query()
    way = Way(_("Show them"), with_query(reverse("people:people"), query))
    return Fact(words % {"count": f"{count:,}"}, is_there=False, is_needed=False, way=way)


def _teachers(count: int) -> str:
    return ngettext("%(count)s teacher", "%(count)s teachers", count) % {"count": f"{count:,}"}


def _students(count: int) -> str:
    return ngettext("%(count)s student", "%(count)s students", count) % {"count": f"{count:,}"}


def _groups(count: int) -> str:
    return ngettext("%(count)s class group", "%(count)s class groups", count) % {
        "count": f"{count:,}"
    }


# --- Term, bells, holidays -----------------------------------------------------------------------


def _term(facts: Facts, _user: User | None) -> Step:
    found = facts.term
    return Step(
        TERM,
        _("Term, bell times and holidays"),
        _(
            "A term is whole weeks from a Monday on. Making one fills in the holidays and school days of the national calendar."
        ),
        _dates_of(found) if found else _("None yet"),
        found is not None and bool(found.bells or found.weekly_lessons),
        tuple(_facts_of_term(facts)),
        str(PLANNERS),
        tuple(_ways_to_term(found)),
    )


def _facts_of_term(facts: Facts) -> Iterator[Fact]:
    found = facts.term
    if found is None:
        yield _no_term()
        return
    yield Fact(_dates_of(found), is_there=True)
    yield _bells(found)
    yield from _holidays(found, facts)


def _ways_to_term(found: TermFacts | None) -> Iterator[Way]:
    if found is None:
        yield Way(_("New term"), reverse("schedule:term_new"))
        return
    code = [found.term.code]
    yield Way(_("Bell times"), reverse("schedule:term_bells", args=code))
    yield Way(_("School calendar"), reverse("schedule:term_days", args=code))


def _no_term(*, is_needed: bool = True) -> Fact:
    return Fact(_("There is no term yet."), is_there=False, is_needed=is_needed)


def _term_first() -> Way:
    """Return the way to what the steps after it need."""
    return Way(_("New term first →"), reverse("schedule:term_new"))


def _dates_of(found: TermFacts) -> str:
    term = found.term
    return f"{term.name} · {term.first_monday:%Y-%m-%d} – {term.last_day:%Y-%m-%d}"


def _bells(found: TermFacts) -> Fact:
    if not found.bells:
        words = _("There are no bell times: lessons would stand by the hour.")
        return Fact(words, is_there=False, is_needed=not found.weekly_lessons)
    words = ngettext("%(count)s period a day", "%(count)s periods a day", found.bells)
    return Fact(words % {"count": found.bells}, is_there=True)


def _holidays(found: TermFacts, facts: Facts) -> Iterator[Fact]:
    if found.holidays:
        words = ngettext("%(count)s holiday", "%(count)s holidays", found.holidays)
        yield Fact(words % {"count": found.holidays}, is_there=True)
    elif not facts.follows_national_calendar:
        words = _("No holidays are entered: the national calendar of China is not followed here.")
        yield Fact(words, is_there=False, is_needed=False)
    for year in found.unpublished_years:
        words = _("The holidays of %(year)s are not published yet: they are filled in then.")
        yield Fact(words % {"year": year}, is_there=False, is_needed=False)


# --- Weekly lessons, and the plan -----------------------------------------------------------------


def _weekly(facts: Facts, _user: User | None) -> Step:
    found = facts.term
    count = found.weekly_lessons if found else 0
    words = ngettext("%(count)s weekly lesson", "%(count)s weekly lessons", count)
    words = words % {"count": f"{count:,}"}
    # Lessons may have come from a file, or one by one.
    is_done = bool(count or facts.published)
    shown = [Fact(words, bool(count), is_needed=not is_done)]
    if found and count and found.groups_without:
        without = ngettext(
            "%(count)s class group has none.",
            "%(count)s class groups have none.",
            found.groups_without,
        )
        sentence = without % {"count": found.groups_without}
        shown.append(Fact(sentence, is_there=False, is_needed=False))
    if found is None:
        shown.append(_no_term(is_needed=not is_done))
    return Step(
        WEEKLY,
        _("Weekly lessons"),
        _(
            "Who teaches which class group, on which weekday, in which period. From a spreadsheet, from FET, or typed in."
        ),
        words if count else _("None yet"),
        is_done,
        tuple(shown),
        str(PLANNERS),
        (_term_first(),) if found is None else _ways_to_weekly(found.term.code),
    )


def _ways_to_weekly(code: str) -> tuple[Way, ...]:
    names = {
        "schedule:weekly_lessons_import": _("Import a file"),
        "schedule:fet_import": _("Import from FET"),
        "schedule:weekly_lesson_new": _("Type it in"),
    }
    return tuple(Way(words, reverse(name, args=[code])) for name, words in names.items())


def _plan(facts: Facts, _user: User | None) -> Step:
    found, published = facts.term, facts.published
    words = ngettext("%(count)s lesson is published", "%(count)s lessons are published", published)
    words = words % {"count": f"{published:,}"}
    shown = [Fact(words, bool(published))]
    if facts.drafts:
        drafts = ngettext(
            "%(count)s lesson is a draft, which only planners see.",
            "%(count)s lessons are drafts, which only planners see.",
            facts.drafts,
        )
        sentence = drafts % {"count": f"{facts.drafts:,}"}
        shown.append(Fact(sentence, is_there=False, is_needed=False))
    if found and published and found.term.awaits_planning:
        sentence = _("Weekly lessons or days have changed since the term was planned.")
        shown.append(Fact(sentence, is_there=False, is_needed=False))
    if found is None:
        shown.append(_no_term(is_needed=not published))
    elif not found.weekly_lessons and not published:
        words_of_none = _("There are no weekly lessons yet to plan from.")
        shown.append(Fact(words_of_none, is_there=False))
    return Step(
        PLAN,
        _("Planning the term"),
        _(
            "The lessons of the whole term are made of the weekly ones. A preview shows them before."
        ),
        words if published else _("Not planned yet"),
        bool(published),
        tuple(shown),
        str(PLANNERS),
        tuple(_ways_to_plan(facts)),
    )


def _ways_to_plan(facts: Facts) -> Iterator[Way]:
    found = facts.term
    if found is None:
        yield _term_first()
    elif found.weekly_lessons:
        yield Way(_("Plan the term"), reverse("schedule:term_plan", args=[found.term.code]))
    elif not facts.published:
        yield Way(_("Fill in the weekly lessons first →"), address_of(WEEKLY))


# --- The cloud, and the first class ---------------------------------------------------------------


def _cloud(facts: Facts, user: User | None) -> Step:
    at = facts.school.cloud_in_order_at
    if at is not None:
        words = _("Nothing is known to be wrong, as of %(moment)s.")
        words = words % {"moment": moment_text(at, timezone.now())}
    elif facts.were_checked:
        words = _("The checks have not passed yet.")
    else:
        words = _("Not checked yet.")
    return Step(
        CLOUD,
        _("The classroom cloud"),
        _("Classes are held there. The checks ask whether it takes our key and reaches us."),
        words,
        at is not None,
        (Fact(words, at is not None),),
        _(
            "The operator of the server sets it up, as the guide to the installation says. Administrators have it checked here."
        ),
        is_yours=user is not None and user.is_administrator,
    )


def _first_class(facts: Facts, user: User | None) -> Step:
    entry = facts.entry
    words = _("Nobody has entered a class yet.")
    if entry is not None:
        words = _("%(name)s entered %(course)s at %(moment)s.") % {
            "name": entry.user.display_name,
            "course": entry.lesson.course.name,
            "moment": moment_text(entry.entered_at, timezone.now()),
        }
    can_enter = user is not None and user.has_role(Role.TEACHER, Role.SUPERVISOR)
    return Step(
        FIRST_CLASS,
        _("The first class"),
        _(
            "Enter one with your own account, say something, and end it. A few minutes later its replay is there: then all of it works."
        ),
        words,
        entry is not None,
        (Fact(words, entry is not None),),
        _(
            "Teachers enter their lessons, and supervisors all: who is neither plans one for a teacher, or is made a supervisor."
        ),
        (
            Way(_("Timetable"), reverse("schedule:this_week" if can_enter else "schedule:matrix")),
            Way(_("New lesson"), reverse("schedule:lesson_new")),
        ),
    )


MAKERS: dict[str, Maker] = {
    SCHOOL: _school,
    PEOPLE: _people,
    TERM: _term,
    WEEKLY: _weekly,
    PLAN: _plan,
    CLOUD: _cloud,
    FIRST_CLASS: _first_class,
}
# The steps without which a page stays empty; the first that is open is the one to do.
STEPS_OF_PAGE = {
    "people": (PEOPLE,),
    "terms": (TERM,),
    "timetable": (PEOPLE, TERM, WEEKLY, PLAN),
    "replays": (PEOPLE, TERM, WEEKLY, PLAN, CLOUD, FIRST_CLASS),
    "courseware": (CLOUD,),
}
