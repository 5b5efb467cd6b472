"""What of rooms, people and callbacks is not in order, for those who look after the school."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Count, Min, Value
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.selectors.people import refused_count
from classroom.selectors import failed_callbacks
from edu_platform.lib.statements import Statement
from schedule.hooks import NotInOrder
from schedule.models import FAILS_IN_CLOUD, WITHOUT_RECORDING, Room

_ROOMS = Statement(
    lambda at: (
        Room.objects.of_lessons_to_come(at=at)
        .order_by()
        .values(all=Value(1))
        .annotate(
            failing=Count("pk", filter=FAILS_IN_CLOUD),
            failing_since=Min("failed_at", filter=FAILS_IN_CLOUD),
            unrecorded=Count("pk", filter=WITHOUT_RECORDING),
        )
        .values_list("failing", "failing_since", "unrecorded")
    )
)


def rooms_not_in_order(at: dt.datetime) -> Iterator[NotInOrder]:
    """Rooms that the cloud does not make or change, and those that it does not record."""
    rooms = reverse("admin:schedule_room_changelist")
    failing, since, unrecorded = _ROOMS.first(at=at) or (0, None, 0)
    if failing:
        sentence = ngettext(
            "The cloud could not make or change the room of %(count)s lesson to come.",
            "The cloud could not make or change the rooms of %(count)s lessons to come.",
            failing,
        )
        address = f"{rooms}?trouble=failing"
        yield NotInOrder(sentence % {"count": failing}, address, since)
    if unrecorded:
        sentence = ngettext(
            "The cloud does not record %(count)s lesson to come: its storage is full, or not paid.",
            "The cloud does not record %(count)s lessons to come: its storage is full, or not paid.",
            unrecorded,
        )
        yield NotInOrder(sentence % {"count": unrecorded}, f"{rooms}?trouble=unrecorded")


def people_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """People whom the cloud refuses, and who cannot enter any class."""
    count = refused_count()
    if count:
        sentence = ngettext(
            "The cloud refuses %(count)s person, who cannot enter any class.",
            "The cloud refuses %(count)s people, who cannot enter any class.",
            count,
        )
        people = reverse("admin:accounts_classroomidentity_changelist")
        address = f"{people}?state__exact=failed&user__is_active__exact=1"
        yield NotInOrder(sentence % {"count": count}, address)


def callbacks_not_in_order(_at: dt.datetime) -> Iterator[NotInOrder]:
    """Callbacks of the cloud that failed, which are administrators' business."""
    count = failed_callbacks().count
    if count:
        sentence = ngettext(
            "%(count)s callback of the cloud has failed.",
            "%(count)s callbacks of the cloud have failed.",
            count,
        )
        yield NotInOrder(
            sentence % {"count": count},
            f"{reverse('admin:classroom_callbackevent_changelist')}?failed=yes",
            is_for=lambda user: user.has_perm("classroom.view_callbackevent"),
        )
