"""Give families of the demo school links by which they follow their children: some in use, one for two children."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from edu_platform.demo.roster import (
    DEMO_CLASS_GROUP,
    DEMO_TEACHER,
    PLANNER,
    STUDENTS,
    username_of,
)
from edu_platform.demo.timetable import Rosters
from schedule.families.links import make_link
from schedule.models import FamilyLink

# The elder sister of the first student of that class group.
SIBLING = "张夏冰"
LABELS = ("母亲", "父亲", "奶奶")
# So many students of the class group have links, and the family of every other one has opened theirs.
STUDENTS_WITH_LINKS = 6
MADE_BEFORE, OPENED_BEFORE = dt.timedelta(days=12), dt.timedelta(days=9)
DAY = dt.timedelta(days=1)


def keep_family_links(rosters: Rosters, *, at: dt.datetime) -> None:
    """Make links where the school has none yet."""
    if FamilyLink.objects.exists():
        return
    students = [rosters.users[username_of(name)] for name in STUDENTS[DEMO_CLASS_GROUP]]
    class_teacher, made_at = rosters.users[DEMO_TEACHER], at - MADE_BEFORE
    for number, student in enumerate(students[:STUDENTS_WITH_LINKS]):
        label = LABELS[number % len(LABELS)]
        link, _token = make_link([student], label=label, by=class_teacher, at=made_at)
        if number % 2 == 0:
            _open(link, at - OPENED_BEFORE, browsers=1 + number % 3)
    sibling = rosters.users[username_of(SIBLING)]
    planner = rosters.users[PLANNER]
    link, _token = make_link([students[0], sibling], label="父亲", by=planner, at=made_at)
    _open(link, at - OPENED_BEFORE, browsers=2)


def _open(link: FamilyLink, at: dt.datetime, *, browsers: int) -> None:
    """Keep that the family has opened its link, and once more on the day after."""
    FamilyLink.objects.filter(pk=link.pk).update(
        first_used_at=at, used_on=timezone.localdate(at + DAY), browser_count=browsers
    )
