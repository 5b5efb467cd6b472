"""Note an incident in the demo school, so that its list and the yearly report have one to show."""

from __future__ import annotations

import datetime as dt

from accounts.models import Incident
from edu_platform.demo.roster import ADMINISTRATOR, CLASS_GROUPS, STUDENTS
from edu_platform.demo.timetable import Rosters
from edu_platform.incidents.writing import note_incident
from edu_platform.lib.personal_data import Purpose

NOTICED_BEFORE = dt.timedelta(days=12)
A_DAY = dt.timedelta(days=1)
CLASS_GROUP = CLASS_GROUPS[2]


def keep_incident(rosters: Rosters, *, today: dt.date) -> None:
    """Note it, where the school has noted none yet."""
    if Incident.objects.exists():
        return
    noticed_on = today - NOTICED_BEFORE
    values = {
        "noticed_on": noticed_on,
        "happened_on": noticed_on,
        "what": f"{CLASS_GROUP}的学生名单误发到了另一个班的家长群，十分钟后由群主删除。",
        "kinds": [Purpose.ACCOUNT.value],
        "people_count": len(STUDENTS[CLASS_GROUP]),
        "mended": "删除了消息，请看到的家长删除已下载的文件；以后发送名单前由两个人核对。",
        "authority_told_on": None,
        "people_told_on": noticed_on + A_DAY,
        "telling": "班主任电话通知了每位学生的家长。名单只有姓名，损害已经避免，因此没有通知主管部门。",
    }
    note_incident(values, by=rosters.users[ADMINISTRATOR])
