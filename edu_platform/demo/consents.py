"""Let the guardians of most students of the demo school agree to recordings; its class groups are all under 14."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from edu_platform.demo.roster import (
    ADMINISTRATOR,
    CLASS_GROUPS,
    CLASS_TEACHERS,
    STUDENTS,
    username_of,
)
from edu_platform.demo.timetable import Rosters
from schedule.class_groups.age_bands import set_age_bands
from schedule.consents.proposal import texts_with
from schedule.consents.texts import publish_text
from schedule.consents.writing import GivenConsent, give_consents, withdraw_consents
from schedule.enums import AgeBand
from schedule.models import ConsentText
from schedule.school_years import school_year_of

# Given name and relation; the surname is the student's.
GUARDIANS = (("国强", "父亲"), ("秀英", "母亲"), ("志明", "父亲"), ("丽华", "母亲"))
CHINESE_CONTACT = "教务处何志远，020-5550 1234，hezhiyuan@school.example"
ENGLISH_CONTACT = "He Zhiyuan in the office, 020-5550 1234, hezhiyuan@school.example"
# One of so many has not come back with the paper, and of one class group one guardian has withdrawn.
NOT_BACK_EVERY = 7


def keep_consents(rosters: Rosters, *, school: str, at: dt.datetime) -> None:
    """Publish a text and note who agreed, where the school has no text yet."""
    if ConsentText.objects.exists():
        return
    groups = [rosters.class_group(name) for name in CLASS_GROUPS]
    without = [group for group in groups if not group.age_band]
    bands = {group.pk: AgeBand.UNDER_14.value for group in without}
    set_age_bands(without, bands, known="", by=rosters.users[ADMINISTRATOR])
    text = publish_text(
        **texts_with(school, chinese_contact=CHINESE_CONTACT, english_contact=ENGLISH_CONTACT),
        asks_again=False,
        known="",
        at=at,
        by=rosters.users[ADMINISTRATOR],
    )
    year = school_year_of(timezone.localdate(at))
    for name, class_teacher in zip(CLASS_GROUPS, CLASS_TEACHERS, strict=True):
        given = _given(rosters, STUDENTS[name])
        give_consents(given, text=text, school_year=year, at=at, by=rosters.users[class_teacher])
    last = [given[-1].person]
    withdraw_consents(last, school_year=year, at=at, by=rosters.users[class_teacher])


def _given(rosters: Rosters, names: tuple[str, ...]) -> list[GivenConsent]:
    given = []
    for number, name in enumerate(names, 1):
        if number % NOT_BACK_EVERY:
            given_name, relation = GUARDIANS[number % len(GUARDIANS)]
            person = rosters.users[username_of(name)]
            given.append(GivenConsent(person, f"{name[0]}{given_name}", relation))
    return given
