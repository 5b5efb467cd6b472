"""The common part of overviews: what somebody chose, and the lists that they page through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import QueryDict

from attendance.overviews.class_terms import LESSONS_A_PAGE, ClassTerm, LessonColumn
from attendance.overviews.person_terms import LessonLine, PersonTerm
from attendance.overviews.spans import Span
from edu_platform.lib.http import with_query
from edu_platform.lib.paging import PageForm, Pager, pager_of

USUAL_SIZE = 20
TAUGHT, ATTENDED = "taught", "attended"


@dataclass(frozen=True, slots=True)
class TermPage:
    lines: Sequence[LessonLine]
    is_taught: bool
    pager: Pager


def term_page(term: PersonTerm, query: QueryDict, *, path: str, teaches_first: bool) -> TermPage:
    """Return a page of the lessons that were asked for: those attended, or those taught."""
    is_taught = _is_taught(term, query.get("as", ""), teaches_first=teaches_first)
    form = PageForm(query)
    lines = term.taught if is_taught else term.attended
    shown = Paginator(lines, form.size(USUAL_SIZE)).get_page(form.page_number())
    chosen = {**term.span.query, **_as_query(term, is_taught=is_taught)}
    pager = pager_of(shown, path=path, query=chosen, usual_size=USUAL_SIZE)
    return TermPage(list(shown), is_taught, pager)


def _is_taught(term: PersonTerm, asked: str, *, teaches_first: bool) -> bool:
    if not (term.attended and term.taught):
        return bool(term.taught)
    return asked == TAUGHT or (asked != ATTENDED and teaches_first)


def _as_query(term: PersonTerm, *, is_taught: bool) -> dict[str, str]:
    if not (term.attended and term.taught):
        return {}
    return {"as": TAUGHT if is_taught else ATTENDED}


def as_addresses(term: PersonTerm, path: str) -> dict[str, str]:
    """Return where each list is, for somebody who has both."""
    if not (term.attended and term.taught):
        return {}
    return {name: with_query(path, {**term.span.query, "as": name}) for name in (ATTENDED, TAUGHT)}


@dataclass(frozen=True, slots=True)
class LessonColumns:
    """The columns of a class group's table: the latest lessons first, which people look for."""

    lessons: Sequence[LessonColumn]
    earlier_url: str = ""
    later_url: str = ""


def lesson_columns(term: ClassTerm, query: Mapping[str, str], *, path: str) -> LessonColumns:
    pages = max(-(-len(term.lessons) // LESSONS_A_PAGE), 1)
    number = min(PageForm(query).page_number(), pages)
    end = len(term.lessons) - (number - 1) * LESSONS_A_PAGE
    return LessonColumns(
        lessons=term.lessons[max(end - LESSONS_A_PAGE, 0) : end][::-1],
        earlier_url=_page_url(path, term, number + 1) if number < pages else "",
        later_url=_page_url(path, term, number - 1) if number > 1 else "",
    )


def _page_url(path: str, term: ClassTerm, number: int) -> str:
    return with_query(path, term.query | ({"page": str(number)} if number > 1 else {}))


def term_choices(span: Span) -> list[tuple[str, str, bool]]:
    """Return code and name of each term, and whether it is the one that is shown."""
    chosen = span.term
    return [(term.code, term.name, term == chosen) for term in span.terms]
