"""Secret addresses that open the demo school without an account: a family's, and that of a guest of the next open lesson.

Only digests of them are kept, so each start of the demo makes them anew. What somebody has done in the demo may leave no
room for one, which is missing then.
"""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.names import sign_in_name
from edu_platform.demo.families import SIBLING
from edu_platform.demo.open_lessons import COMING_TITLE
from edu_platform.demo.roster import (
    DEMO_CLASS_GROUP,
    DEMO_TEACHER,
    PLANNER,
    STUDENTS,
    username_of,
)
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from schedule.enums import LessonState
from schedule.families.links import NotToBeShown, TooManyLinks, family_address, make_link
from schedule.guests.writing import GuestRefused, invite_guest
from schedule.models import FamilyLink, Guest, Lesson

# The link is found again by its label.
FAMILY = "张子涵、张夏冰的家长"
GUEST = "作家陆川"


@dataclass(frozen=True, slots=True)
class VisitorLink:
    """An address, and who comes by it."""

    address: str
    role: str

    def __str__(self) -> str:
        return f"link: {self.address} {self.role}"


def visitor_links(*, at: dt.datetime) -> list[VisitorLink]:
    """Make these addresses anew; that of the guest is missing where no open lesson is to come."""
    links = []
    with suppress(TooManyLinks, NotToBeShown):
        links.append(VisitorLink(_family_address(at), "family of two students"))
    lesson = (
        Lesson.objects.filter(
            teacher__username=DEMO_TEACHER,
            title=COMING_TITLE,
            state=LessonState.PUBLISHED,
            ends_at__gt=at,
        )
        .order_by("starts_at")
        .first()
    )
    if lesson is not None:
        with suppress(GuestRefused):
            links.append(VisitorLink(_guest_address(lesson, at), "guest of the next class"))
    return links


def _family_address(at: dt.datetime) -> str:
    """Return the address of the family, whose link is made where it is missing.

    Raises:
        TooManyLinks, NotToBeShown: it cannot be made.
    """
    link = FamilyLink.objects.open().filter(label=FAMILY).first()
    if link is not None:
        return family_address(_renewed(link))
    names = (STUDENTS[DEMO_CLASS_GROUP][0], SIBLING)
    # Also where somebody writes their usernames otherwise.
    children = [User.objects.get(sign_in_name=sign_in_name(username_of(name))) for name in names]
    planner = User.objects.get(username=PLANNER)
    _link, token = make_link(children, label=FAMILY, by=planner, at=at)
    return family_address(token)


def _guest_address(lesson: Lesson, at: dt.datetime) -> str:
    """Return the address of the guest, who is invited where they are missing.

    Raises:
        GuestRefused: the lesson takes no further one.
    """
    guest = Guest.objects.invited().filter(lesson=lesson, name=GUEST).first()
    if guest is None:
        _guest, token = invite_guest(lesson, GUEST, by=lesson.teacher, at=at)
    else:
        token = _renewed(guest)
    return settings.PUBLIC_BASE_URL + reverse("guests:visit", args=[token])


def _renewed(row: FamilyLink | Guest) -> str:
    """Give the row another token, and return it."""
    token = make_secret_token()
    row.token_digest = digest_of(token)
    row.save(update_fields=["token_digest"])
    return token
