"""Notices of a new school year: class teachers hear once which class groups are theirs from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import cast

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.notice_kinds import NoticeWords
from accounts.services.notices import NoticeContent, give_notices
from edu_platform.lib.formatting import listed
from schedule.models import ClassGroup, SchoolYear
from schedule.school_year.preview import PreviewRow

YEAR_BEGUN_NOTICE = "schedule.school_year_begun"
YEAR_UNDONE_NOTICE = "schedule.school_year_undone"


def tell_class_teachers(
    year: SchoolYear, rows: Sequence[PreviewRow], targets: Mapping[int, ClassGroup]
) -> None:
    """Tell the class teachers of class groups that rise."""
    ways_by_teacher: dict[User, list[str]] = defaultdict(list)
    for row in rows:
        old = row.state.class_group
        for teacher in row.state.class_teachers:
            ways_by_teacher[teacher].append(f"{old.name} → {targets[old.pk].name}")
    give(year, ways_by_teacher, kind=YEAR_BEGUN_NOTICE)


def give(
    year: SchoolYear, class_groups_by_teacher: Mapping[User, Sequence[str]], *, kind: str
) -> None:
    """Give each of these teachers a notice of the school year that names class groups."""
    notices = [
        (
            teacher,
            NoticeContent(
                kind=kind,
                arguments={"day": year.first_day.isoformat(), "class_groups": list(names)},
                address=reverse("schedule:class_groups"),
            ),
        )
        for teacher, names in class_groups_by_teacher.items()
        if teacher.is_active
    ]
    give_notices(notices, cause=f"{kind}:{year.code}", at=timezone.now())


def _in_words(arguments: Mapping[str, object]) -> Mapping[str, object]:
    names = cast("list[str]", arguments["class_groups"])
    return {"day": arguments["day"], "class_groups": listed(names)}


NOTICES = {
    YEAR_BEGUN_NOTICE: NoticeWords(
        sentence=_("The new school year begins on %(day)s. Your class groups: %(class_groups)s."),
        way=_("To your class groups"),
        in_words=_in_words,
    ),
    YEAR_UNDONE_NOTICE: NoticeWords(
        sentence=_(
            "The beginning of the school year on %(day)s was undone. Your class groups are as they were before: %(class_groups)s."
        ),
        way=_("To your class groups"),
        in_words=_in_words,
    ),
}
