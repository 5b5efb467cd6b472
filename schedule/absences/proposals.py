"""The form of the proposals for all lessons of a teacher who is away."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from accounts.models import User
from schedule.absences import writing as absences
from schedule.absences.absence import LONGEST_ABSENCE_DAYS, Absence, too_long_in_words
from schedule.absences.forms import taught_by, teaches_already_in_words
from schedule.absences.substitutes import Substitute
from schedule.lessons.forms import ToldForm
from schedule.lessons.moving import Wanted
from schedule.lessons.named import people_of_usernames
from schedule.models import Lesson, PlanningAction
from schedule.occupancy.overlaps import are_at_once
from schedule.week_grid import monday_of


class ProposalsForm(ToldForm):
    """The proposals for all lessons at once, as their page showed them: usernames by the codes of the lessons."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        lessons: Sequence[Lesson] = (),
        proposals: Mapping[str, str] | None = None,
    ) -> None:
        self.lessons, self.proposals = lessons, proposals or {}
        self.pairs: list[tuple[Lesson, User]] = []
        super().__init__(data, auto_id="all-%s")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        users = people_of_usernames(self.proposals.values())
        for name in sorted(set(self.proposals.values()) - users.keys()):
            fault = gettext("Nobody has the username or name %(name)s.")
            self.add_error(None, fault % {"name": name})
        if not self.errors:
            self.pairs = [(lesson, users[self.proposals[lesson.code]]) for lesson in self.lessons]
            self._check_pairs()
        return cleaned

    def _check_pairs(self) -> None:
        days = [timezone.localdate(lesson.starts_at) for lesson in self.lessons]
        if days and (max(days) - min(days)).days >= LONGEST_ABSENCE_DAYS:
            self.add_error(None, too_long_in_words())
        for user in {user for lesson, user in self.pairs if user == lesson.teacher}:
            self.add_error(None, teaches_already_in_words(user))

    @transaction.atomic
    def save(self, action: PlanningAction, *, absence: Absence) -> None:
        """Assign all proposed substitutes; only for a form that is valid.

        Raises:
            NotAsShown: the teacher is no longer missing in one of the lessons.
            Exception: what `stand_in` raises.
        """
        absence.require_as_shown(self.lessons, at=action.at)
        absences.stand_in(self.pairs, action=action)

    def wanted(self) -> Wanted:
        return [(lesson, taught_by(lesson, user)) for lesson, user in self.pairs]

    def said(self) -> str:
        count = len(self.pairs)
        done = ngettext(
            "%(count)s lesson has a substitute now.",
            "%(count)s lessons have substitutes now.",
            count,
        )
        return done % {"count": count}


def proposals_in(sent: Iterable[str]) -> dict[str, str]:
    """Usernames by the codes of lessons."""
    parts = (proposal.partition(":") for proposal in sent)
    return {code: username for code, _colon, username in parts}


def first_proposals(
    lessons: Iterable[Lesson], substitutes_by_lesson: Mapping[int, Sequence[Substitute]]
) -> dict[int, Substitute]:
    """For each of these lessons one of the substitutes that were found for it, where any is left.

    They are chosen one after the other, in their order of time: nobody gets two at once, and what somebody is given already
    counts as their lessons that week.
    """
    chosen: dict[int, Substitute] = {}
    given: dict[int, list[Lesson]] = defaultdict(list)
    for lesson in sorted(lessons, key=lambda lesson: (lesson.starts_at, lesson.pk)):
        free = [
            substitute
            for substitute in substitutes_by_lesson.get(lesson.pk, ())
            if not any(are_at_once(lesson, other) for other in given[substitute.user.pk])
        ]
        if free:
            best = min(
                free,
                key=lambda substitute: substitute.rank(_in_week(lesson, given[substitute.user.pk])),
            )
            chosen[lesson.pk] = best
            given[best.user.pk].append(lesson)
    return chosen


def _in_week(lesson: Lesson, others: Iterable[Lesson]) -> int:
    """Count the others that are in the lesson's week."""
    week = monday_of(timezone.localdate(lesson.starts_at))
    return sum(monday_of(timezone.localdate(other.starts_at)) == week for other in others)
