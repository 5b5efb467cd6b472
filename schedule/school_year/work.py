"""Beginning a school year and undoing it, as long work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.long_work import RunningWork, WorkRefused, WorkState
from edu_platform.lib.versions import NotAsShown
from schedule.lessons.trying_again import ChangedMeanwhile
from schedule.models import SchoolYear, Work
from schedule.school_year.kept import Written
from schedule.school_year.preview import YearPreview
from schedule.school_year.undo import AlreadyUndone, UndoRefused, undo_school_year
from schedule.school_year.wish import YearWish
from schedule.school_year.writing import YearRefused, begin_school_year, counts_in_words
from schedule.work.kinds import CHANGED, Outcome, Sentence, WorkKind
from schedule.work.writing import begin_work

# Nobody begins or undoes another one meanwhile.
SCOPE = "school_year"
REFUSED, ALREADY = "refused", "already"
FAULTS = {
    CHANGED: gettext_lazy(
        "Nothing was done: class groups, their people or what is planned for them have changed since you opened the page, which shows how they are now."
    ),
    REFUSED: gettext_lazy("Nothing was done: something stands against it. The page says what."),
    ALREADY: gettext_lazy("Nothing was done: this school year was undone before."),
}
# A small server writes so many of its people, each with an entry of the audit log, in a second.
PEOPLE_A_SECOND = 500


def ask_to_begin(preview: YearPreview, *, by: User) -> Work:
    """Leave it to a worker to begin a school year as the page showed it."""
    wish = preview.wish
    arguments = {"day": str(wish.first_day), "wish": wish.kept(), "known": preview.version}
    row_count = sum(len(row.state.memberships) for row in preview.rows)
    return begin_work(BEGIN_YEAR, by=by, scope=SCOPE, arguments=arguments, row_count=row_count)


def ask_to_undo(year: SchoolYear, *, by: User) -> Work:
    """Leave it to a worker to undo a school year."""
    arguments = {"day": str(year.first_day), "year": year.code}
    row_count = len(Written.of(year).ended)
    return begin_work(UNDO_YEAR, by=by, scope=SCOPE, arguments=arguments, row_count=row_count)


def _run(work: RunningWork[Work]) -> None:
    arguments = work.row.arguments
    try:
        begin_school_year(
            YearWish.read(arguments["wish"]),
            by=work.row.asked_by,
            known=arguments["known"],
            write_in=work.writing,
        )
    except (NotAsShown, ChangedMeanwhile) as err:
        raise WorkRefused(fault=CHANGED) from err
    except YearRefused as err:
        raise WorkRefused(fault=REFUSED) from err


def _run_undo(work: RunningWork[Work]) -> None:
    year = SchoolYear.objects.get(code=work.row.arguments["year"])
    try:
        undo_school_year(year, by=work.row.asked_by, write_in=work.writing)
    except AlreadyUndone as err:
        raise WorkRefused(fault=ALREADY) from err
    except ChangedMeanwhile as err:
        raise WorkRefused(fault=CHANGED) from err
    except UndoRefused as err:
        raise WorkRefused(fault=REFUSED) from err


def _outcome(work: Work) -> Outcome:
    is_done = work.state == WorkState.DONE
    sentences = [Sentence(counts_in_words(work.result["counts"]))] if is_done else ()
    return Outcome(sentences, reverse("schedule:school_year"), _("To the school year"))


def _outcome_of_undo(work: Work) -> Outcome:
    if work.state == WorkState.DONE:
        sentence = Sentence(_("Class groups and their people are as they were before."))
        return Outcome([sentence], reverse("schedule:school_year"), _("To the school year"))
    address = reverse("schedule:school_year_undo", args=[work.arguments["year"]])
    return Outcome((), address, _("Back to undoing the school year"))


def _title(arguments: Mapping[str, Any]) -> str:
    return _("Begin the school year on %(day)s") % {"day": arguments["day"]}


def _title_of_undo(arguments: Mapping[str, Any]) -> str:
    return _("Undo the school year from %(day)s on") % {"day": arguments["day"]}


BEGIN_YEAR = WorkKind(
    name="schedule.begin_school_year",
    action=Action.MANAGE_PEOPLE,
    run=_run,
    title=_title,
    named_by=("day",),
    outcome=_outcome,
    faults=FAULTS,
    rows_a_second=PEOPLE_A_SECOND,
)
UNDO_YEAR = WorkKind(
    name="schedule.undo_school_year",
    action=Action.MANAGE_PEOPLE,
    run=_run_undo,
    title=_title_of_undo,
    named_by=("day",),
    outcome=_outcome_of_undo,
    faults=FAULTS,
    rows_a_second=PEOPLE_A_SECOND,
)
