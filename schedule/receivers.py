"""Hooks of the timetable into the apps below, registered once when this app starts."""

from __future__ import annotations

from accounts.hooks import own_links, person_inlines, role_needs
from accounts.notice_kinds import register_notice
from classroom.hooks import room_handlers
from schedule.admin.memberships import PersonMembershipInline
from schedule.changes.notices import NOTICES
from schedule.handlers import refresh_room
from schedule.hooks import not_in_order_makers
from schedule.selectors.channels import channels_not_in_order
from schedule.selectors.coming_lessons import has_lessons_to_come
from schedule.selectors.not_in_order import (
    callbacks_not_in_order,
    people_not_in_order,
    rooms_not_in_order,
)
from schedule.selectors.term_days import terms_not_in_order
from schedule.terms.conflicts import conflicts_not_in_order
from schedule.terms.notices import NOTICES as TERM_NOTICES
from schedule.views.channels import channel_links
from schedule.views.class_groups import class_teacher_links
from schedule.views.feed import feed_links
from schedule.views.hours import hours_links

# The lowest: lesson and room are locked and saved before their replay.
ORDER = 10


def register() -> None:
    person_inlines.register(PersonMembershipInline, order=ORDER)
    own_links.register(class_teacher_links, order=ORDER)
    own_links.register(feed_links, order=ORDER + 1)
    own_links.register(channel_links, order=ORDER + 2)
    own_links.register(hours_links, order=ORDER + 3)
    role_needs.register(has_lessons_to_come, order=ORDER)
    room_handlers.register(refresh_room, order=ORDER)
    not_in_order_makers.register(rooms_not_in_order, order=ORDER)
    not_in_order_makers.register(people_not_in_order, order=ORDER + 1)
    not_in_order_makers.register(callbacks_not_in_order, order=ORDER + 2)
    not_in_order_makers.register(channels_not_in_order, order=ORDER + 3)
    not_in_order_makers.register(terms_not_in_order, order=ORDER + 4)
    not_in_order_makers.register(conflicts_not_in_order, order=ORDER + 5)
    for kind, words in (NOTICES | TERM_NOTICES).items():
        register_notice(kind, words)
