"""One click at the door, with the page that says why it did not lead into the class."""

from __future__ import annotations

import logging
from typing import Any

from django.http import HttpResponse
from django.utils import timezone

from classroom.client.errors import CloudError
from edu_platform.lib.error_pages import new_reference
from edu_platform.lib.http import see_other
from schedule.door import error_pages, queue
from schedule.door.entrants import Entrant
from schedule.door.entry import EntryRefused, enter_lesson, place_key
from schedule.door.error_pages import EntryErrorPage
from schedule.door.queue import DoorBusy
from schedule.models import Lesson
from schedule.rooms.time_left import NoTimeLeft

logger = logging.getLogger(__name__)


def go_in(
    entrant: Entrant[Any], lesson: Lesson, signed_arrival: str
) -> HttpResponse | EntryErrorPage:
    """Answer 303 to the class link, which is in no page, log or history of ours; else return why not.

    `signed_arrival`: what a page for those who wait gave them, with their time of arrival; it may be empty.
    """
    who = place_key(entrant, lesson)
    arrived_us = queue.read_arrival(who, signed_arrival)
    try:
        link = enter_lesson(entrant, lesson, at=timezone.now(), arrived_us=arrived_us)
    except DoorBusy as busy:
        reference = new_reference()
        logger.info("entry %s into lesson %s waits: %s", reference, lesson.pk, busy)
        arrived = queue.sign_arrival(who, busy.place) if busy.place else ""
        return error_pages.waiting_for_turn(busy, arrived, reference)
    except EntryRefused as refused:
        return error_pages.closed_door(refused)
    except NoTimeLeft:
        return error_pages.over_without_room()
    except CloudError as error:
        reference = new_reference()
        logger.warning("entry %s into lesson %s failed: %s", reference, lesson.pk, error)
        return error_pages.cloud_trouble(error, reference)
    response = see_other(link)
    response["Referrer-Policy"] = "no-referrer"
    return response
