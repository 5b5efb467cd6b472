"""An administrator who begins a new school year, in which some of the class groups rise."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar

from deploy.soak.actors.actor import Actor
from deploy.soak.journal import SchoolYearBegan
from deploy.soak.school import Teacher
from deploy.soak.visitor import Visitor

PAGE = "/schedule/school-year/"
STAYS, RISES = "stay", "rise"
KNOWN = re.compile(r'name="known" value="([^"]*)"')
# Every second class group goes on as it is, so that its lessons do.
RISING = slice(1, None, 2)
YEAR = "SELECT first_day FROM schedule_schoolyear WHERE undone_at IS NULL"
GROUPS = "SELECT name, code FROM schedule_classgroup WHERE archived_at IS NULL"
# So long after today the new school year begins: nothing of the soak is planned for then.
IN_DAYS = 80


class YearBeginner(Actor):
    """Sends the form until a worker has begun the year: what is planned meanwhile makes the shown preview an old one."""

    pause_s: ClassVar[float] = 5.0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._rising: list[Teacher] = self.school.teachers[RISING]
        self._has_begun = False

    def act(self) -> None:
        if self._has_begun or not self._rising:
            return
        rows = self.school.query_database(YEAR)
        if rows:
            self._note(str(rows[0][0]))
            return
        for teacher in self._rising:
            teacher.has_risen = True
        codes = {str(name): str(code) for name, code in self.school.query_database(GROUPS)}
        form = self._form(codes)
        shown = KNOWN.search(self._administrator.post(PAGE, **form, check="1").text)
        if shown is None:
            self.counts["not shown"] += 1
            return
        answer = self._administrator.post(PAGE, **form, known=shown[1])
        self.counts[
            "asked" if answer.status == HTTPStatus.SEE_OTHER else f"refused {answer.status}"
        ] += 1

    @property
    def _administrator(self) -> Visitor:
        return self.school.heads[0]

    def _form(self, codes: Mapping[str, str]) -> dict[str, str]:
        first_day = self.school.local(dt.datetime.now(dt.UTC)).date() + dt.timedelta(days=IN_DAYS)
        fields = {"first_day": first_day.isoformat()}
        new_names = self._new_names()
        for name, code in codes.items():
            fields[f"action-{code}"] = RISES if name in new_names else STAYS
            fields[f"name-{code}"] = new_names.get(name, "")
        return fields

    def _new_names(self) -> dict[str, str]:
        names = (teacher.class_group for teacher in self._rising)
        return {name: name.replace("高一", "高二") for name in names}

    def _note(self, first_day: str) -> None:
        self._has_begun = True
        self.counts["begun"] += 1
        risen = [[old, new] for old, new in self._new_names().items()]
        self.journal.write(SchoolYearBegan(first_day=first_day, risen=risen))
