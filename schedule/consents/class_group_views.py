"""The consents of a class group: who agreed this school year or already for the next, what came on paper, slips, a file, and reminders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.list_views import Way
from accounts.models import User
from edu_platform.lib.http import (
    READ_AND_WRITE,
    UNPROCESSABLE,
    file_response,
    require_post_or_explain,
    see_other,
    with_query,
)
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from schedule.access import may_plan
from schedule.class_group_hooks import class_group_links
from schedule.consents.access import get_class_group_for, may_publish
from schedule.consents.files import consents_file, consents_file_name
from schedule.consents.forms import PaperForm
from schedule.consents.reading import StudentConsent, students_with_consents, years_noted
from schedule.consents.reminders import remind as remind_students
from schedule.consents.slips import slip_of
from schedule.consents.texts import all_texts, current_text
from schedule.consents.writing import give_consents, withdraw_consents
from schedule.hooks import PageLink
from schedule.models import ClassGroup
from schedule.school_years import school_year_in_words

HERE = "schedule/consents"
NAME = "schedule:class_group_consents"
# In an address: the year in which the school year begins.
YEAR = "school_year"


@dataclass(frozen=True, slots=True)
class ClassGroupConsents:
    """A class group with its students of today, in the school year of today, or in the next one shortly before it."""

    class_group: ClassGroup
    school_year: int
    # All those that there are to choose from, the present one first.
    years: list[int]
    rows: list[StudentConsent]

    @property
    def given(self) -> int:
        return sum(row.held.is_given for row in self.rows)

    @property
    def awaited(self) -> list[StudentConsent]:
        return [row for row in self.rows if row.held.is_awaited]

    @property
    def year_in_words(self) -> str:
        return school_year_in_words(self.school_year)

    @property
    def is_present_year(self) -> bool:
        return self.school_year == self.years[0]

    @property
    def year_query(self) -> dict[str, str]:
        """Return what addresses say of the year; nothing of the present one."""
        return {} if self.is_present_year else {YEAR: str(self.school_year)}

    def address(self, name: str = NAME) -> str:
        return with_query(reverse(name, args=[self.class_group.code]), self.year_query)

    @property
    def ways(self) -> list[Way]:
        """Return the ways to the same page in each of the years; none where there is one alone."""
        here = reverse(NAME, args=[self.class_group.code])
        ways = [
            Way(
                here if year == self.years[0] else with_query(here, {YEAR: str(year)}),
                school_year_in_words(year),
                year == self.school_year,
            )
            for year in self.years
        ]
        return ways if len(ways) > 1 else []


def _consents_of(
    request: SignedInRequest, code: str, *, is_present: bool = False
) -> ClassGroupConsents:
    """Return the consents in the year that the address says.

    Raises:
        Http404: the class group is not the person's, or no consents to that year are noted on this day.
    """
    group, today = get_class_group_for(request.user, code), timezone.localdate()
    years = years_noted(today)
    asked = "" if is_present else request.GET.get(YEAR, "")
    year_by_name = {str(year): year for year in years} | {"": years[0]}
    if asked not in year_by_name:
        raise Http404
    school_year = year_by_name[asked]
    rows = students_with_consents(group, school_year=school_year, day=today)
    return ClassGroupConsents(group, school_year, years, rows)


@require_http_methods(READ_AND_WRITE)
def consents(request: SignedInRequest, code: str) -> HttpResponse:
    """Show the consents of a class group; on POST note those of the chosen students that came on paper."""
    shown = _consents_of(request, code)
    form = PaperForm(
        request.POST if request.method == "POST" else None,
        rows=shown.rows,
        texts=list(all_texts()),
    )
    if request.method != "POST":
        return _page(request, shown, form)
    if form.unknown:
        raise Http404
    withdraws = "withdraw" in request.POST
    if fault := _fault(form, withdraws=withdraws):
        return _page(request, shown, form, fault=fault, status=UNPROCESSABLE)
    at, year = timezone.now(), shown.school_year
    if withdraws:
        people = withdraw_consents(form.people, school_year=year, at=at, by=request.user)
        messages.success(request, _withdrawn_in_words(len(people)))
    elif form.text is not None:
        people = give_consents(
            form.given(), text=form.text, school_year=year, at=at, by=request.user
        )
        messages.success(request, _noted_in_words(len(people)))
    return see_other(shown.address())


def _fault(form: PaperForm, *, withdraws: bool) -> str:
    if form.text is None:
        return _("Choose a version of the text.")
    if not form.chosen:
        return _("Choose at least one student.")
    return "" if withdraws or form.is_valid() else _("Nothing was noted yet: see below.")


def _noted_in_words(count: int) -> str:
    words = ngettext("%(count)s consent was noted.", "%(count)s consents were noted.", count)
    return words % {"count": count}


def _withdrawn_in_words(count: int) -> str:
    words = ngettext(
        "%(count)s consent was withdrawn.", "%(count)s consents were withdrawn.", count
    )
    return words % {"count": count}


def _page(
    request: SignedInRequest,
    shown: ClassGroupConsents,
    form: PaperForm,
    *,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    here = reverse(NAME, args=[shown.class_group.code])
    links = class_group_links(request.user, shown.class_group)
    context: dict[str, Any] = {
        "shown": shown,
        "slips_address": shown.address("schedule:class_group_consent_slips"),
        "file_address": shown.address("schedule:class_group_consents_xlsx"),
        "class_group": shown.class_group,
        "form": form,
        "back": _back_to(request.user, shown.class_group),
        "links": [link for link in links if link.address != here],
        "may_publish": may_publish(request.user),
        "fault": fault,
    }
    return render(request, f"{HERE}/class_group.html", context, status=status)


def _back_to(user: User, class_group: ClassGroup) -> PageLink:
    """Lead to the page of the class group that is the person's: that of planners, or of its class teachers."""
    name = "class_groups:class_group" if may_plan(user) else "schedule:class_group"
    return PageLink(reverse(name, args=[class_group.code]), class_group.name)


@require_safe
def slips(request: SignedInRequest, code: str) -> HttpResponse:
    """Show sheets to sign for those who have not answered, on paper each on a page of its own."""
    shown, text = _consents_of(request, code), current_text()
    name = shown.class_group.name
    sheets = [
        slip_of(
            row.user, row.held, text=text, class_groups=[name], needs_guardian=row.needs_guardian
        )
        for row in shown.awaited
        if text is not None
    ]
    context = {
        "slips": sheets,
        "school_year": shown.year_in_words,
        "back": shown.address(),
        "back_words": name,
    }
    return render(request, f"{HERE}/slips.html", context)


@require_GET
def consents_xlsx(request: SignedInRequest, code: str) -> HttpResponse:
    shown = _consents_of(request, code)
    name = consents_file_name(shown.class_group, shown.school_year)
    return file_response(consents_file(shown.rows), name=name, content_type=XLSX_TYPE)


@require_post_or_explain(NAME)
def remind(request: SignedInRequest, code: str) -> HttpResponse:
    """Ask those who have not answered by a notice, once a day: their own page has the present year."""
    shown = _consents_of(request, code, is_present=True)
    people = []
    if current_text() is not None:
        people = remind_students(shown.rows, school_year=shown.school_year, at=timezone.now())
    if people:
        words = ngettext(
            "%(count)s student was asked by a notice.",
            "%(count)s students were asked by a notice.",
            len(people),
        )
        messages.success(request, words % {"count": len(people)})
    else:
        messages.info(request, _("Nobody was asked: all have answered, or were asked today."))
    return see_other(reverse(NAME, args=[code]))
