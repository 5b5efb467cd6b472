"""Hooks for higher apps into the page that a family opens by its link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from accounts.models import SchoolSettings, User
from edu_platform.lib.hooks import Hook
from schedule.hooks import Panel
from schedule.models import FamilyLink

# Called with the child that is shown, the link, the secret part of its address, from which addresses below
# `/family/<token>/` are made, the school's settings and the moment. None: nothing to show. Two queries at most. Nobody is
# signed in: a section leads nowhere else, and names no other child. Notices of the child stand in the page itself.
FamilySectionMaker = Callable[[User, FamilyLink, str, SchoolSettings, dt.datetime], Panel | None]

family_section_makers: Hook[FamilySectionMaker] = Hook("sections of the page of a family")


def family_sections(
    child: User, link: FamilyLink, token: str, school: SchoolSettings, at: dt.datetime
) -> list[Panel]:
    sections = (maker(child, link, token, school, at) for maker in family_section_makers)
    return [section for section in sections if section is not None]
