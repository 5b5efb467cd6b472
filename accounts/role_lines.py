"""A line for each role on what it allows: for who gives roles, and for who has them.

Beside `accounts.permissions`, which decides it.
"""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role

ROLE_LINES: dict[Role, Promise | str] = {
    Role.STUDENT: _(
        "sees the timetable of their class groups, enters their classes, and watches the replays and the courseware of these"
    ),
    Role.TEACHER: _(
        "can be planned as teacher or assistant, uploads courseware for their lessons, and downloads the replays of these; the teacher also shares and deletes them"
    ),
    Role.SUPERVISOR: _(
        "sees all timetables, lessons, replays and courseware of the school, and enters every class; changes nothing"
    ),
    Role.PLANNER: _(
        "looks after people, timetable, replays and courseware; does not enter classes"
    ),
    Role.ADMINISTRATOR: pgettext_lazy(
        "staff",
        "does what planners do, appoints supervisors and planners, and looks after the school's settings and the callbacks of the cloud",
    ),
}


def role_line(role: Role) -> str:
    """The role with what it allows."""
    return gettext("%(role)s: %(line)s") % {"role": role.label, "line": ROLE_LINES[role]}
