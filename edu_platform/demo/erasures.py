"""Ask for the erasing of a student of the demo school, so that its list shows a request that waits."""

from __future__ import annotations

from accounts.erasing import asking
from accounts.models import Erasure
from edu_platform.demo.roster import ADMINISTRATOR, CLASS_GROUPS, STUDENTS, username_of
from edu_platform.demo.timetable import Rosters

REASON = "全家移居外地，家长书面要求注销。"


def keep_erasure(rosters: Rosters) -> None:
    """Ask for it, where nobody was asked to be erased yet."""
    if not Erasure.objects.exists():
        person = rosters.users[username_of(STUDENTS[CLASS_GROUPS[2]][-1])]
        asking.ask(person, by=rosters.users[ADMINISTRATOR], reason=REASON)
