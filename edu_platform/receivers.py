"""Hooks of the platform itself into the apps, registered once when it starts."""

from __future__ import annotations

from accounts.hooks import place_makers
from edu_platform.incidents.access import seen_at
from edu_platform.not_in_order import background_not_in_order, backups_not_in_order
from edu_platform.start.not_in_order import first_hour_not_in_order
from schedule.school_day_hooks import not_in_order_makers

# After all apps.
ORDER = 40


def register() -> None:
    not_in_order_makers.register(background_not_in_order, order=ORDER)
    not_in_order_makers.register(backups_not_in_order, order=ORDER + 1)
    not_in_order_makers.register(first_hour_not_in_order, order=ORDER + 2)
    place_makers.register(seen_at, order=ORDER)
