"""Advice about a replay that is not there, by who reads it."""

from __future__ import annotations

import datetime as dt

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from classroom.hooks import NotOurs
from edu_platform.lib.formatting import next_moment_text
from replays.enums import Audience, ReplayReason, ReplayState
from replays.models import Replay, ReplayPurge
from replays.models.purge import MANY_PURGES
from replays.overdue import is_late
from replays.polling_times import GIVE_UP_AFTER
from schedule.enums import CloudStatus

# Sentences that say how long the cloud is asked take the number from here.
ASKED_FOR = {"days": GIVE_UP_AFTER.days}

NO_COPY = gettext_lazy("It cannot be restored here. Ask the school for a copy.")
SWITCH_THIS_ON = gettext_lazy("A planner can do that in the timetable.")
SWITCH_ON = gettext_lazy(
    "For lessons to come, a planner can switch recording on before they begin."
)
LEAVE = gettext_lazy("You may close this page: the replay will be here after the class.")
TELL_SCHOOL = gettext_lazy(
    "Tell the school: its storage for recordings may have been full, or a bill unpaid. When that is settled, an administrator can check again."
)
ADVICE: dict[ReplayReason, Promise] = {
    ReplayReason.TO_COME: gettext_lazy("Come back after the class."),
    ReplayReason.RUNNING: LEAVE,
    ReplayReason.ENDED: gettext_lazy(
        "You may close this page: the platform keeps checking until the file is there."
    ),
    ReplayReason.BY_HAND_RUNNING: LEAVE,
    ReplayReason.BY_HAND_ENDED: gettext_lazy("If there is none by tomorrow, this page says so."),
    ReplayReason.NOT_RECORDED: SWITCH_ON,
    ReplayReason.NOT_STARTED_BY_HAND: gettext_lazy(
        "When the next class runs, press Record on the page of its lesson, or ask a planner to have it recorded by itself."
    ),
    ReplayReason.CANCELLED: gettext_lazy("Your timetable shows what comes instead."),
    ReplayReason.NEVER_HELD: gettext_lazy(
        "If the class was held in another place, ask its teacher."
    ),
    ReplayReason.ROOM_GONE: NO_COPY,
    ReplayReason.GIVEN_UP: TELL_SCHOOL,
    ReplayReason.REFUSED: TELL_SCHOOL,
    ReplayReason.STORAGE_FULL: gettext_lazy(
        "There is no recording to wait for. Ask the class's teacher what you missed."
    ),
    ReplayReason.VANISHED: NO_COPY,
    ReplayReason.TRASHED: gettext_lazy("If you still need it, ask the class's teacher."),
    ReplayReason.DELETED_HERE: gettext_lazy("Ask the school for a copy."),
}
IN_TRASH = gettext_lazy("Until then you can restore it with all its files.")
OF_TEACHER: dict[ReplayReason, Promise] = {
    ReplayReason.NEVER_HELD: gettext_lazy(
        "If you held the class in another place, no recording of it comes here."
    ),
    ReplayReason.GIVEN_UP: gettext_lazy(
        "Tell the school: its storage for recordings may have been full, or a bill unpaid. When that is settled, check again here."
    ),
    ReplayReason.REFUSED: gettext_lazy(
        "Tell the school: the platform may have no right to look for recordings. When that is settled, check again here."
    ),
    ReplayReason.STORAGE_FULL: gettext_lazy(
        "The recording is lost. Tell the school, so that your next classes are recorded; replays that you no longer need can be deleted."
    ),
    ReplayReason.TRASHED: IN_TRASH,
}
OF_STAFF: dict[ReplayReason, Promise] = {
    ReplayReason.NOT_RECORDED: gettext_lazy(
        "For lessons to come, switch recording on in the timetable before they begin."
    ),
    ReplayReason.NEVER_HELD: pgettext_lazy(
        "staff",
        "If it was held in another room, enter that room's number in the cloud with an import of the lesson.",
    ),
    ReplayReason.GIVEN_UP: pgettext_lazy(
        "staff",
        "Check in the cloud's console whether storage was full or a bill unpaid, and whether the recording is there. When that is settled, check the cloud again here.",
    ),
    ReplayReason.STORAGE_FULL: pgettext_lazy(
        "staff",
        "The recording is lost. Pay the bill in the cloud's console or delete unneeded replays: as soon as the cloud takes recordings again, upcoming classes are recorded too.",
    ),
    ReplayReason.VANISHED: pgettext_lazy(
        "staff",
        "Find out in the cloud's console who deleted it. For %(days)s days after the class the platform checks whether it is there again.",
    ),
    ReplayReason.ROOM_GONE: pgettext_lazy(
        "staff",
        "Find out in the cloud's console who deleted the room. For %(days)s days after the class the platform checks whether it is there again.",
    ),
    ReplayReason.TRASHED: IN_TRASH,
    ReplayReason.DELETED_HERE: gettext_lazy("If it is still needed, ask its teacher for a copy."),
}
BY_AUDIENCE = {
    Audience.ANYBODY: ADVICE,
    Audience.TEACHER: ADVICE | OF_TEACHER,
    Audience.STAFF: ADVICE | OF_TEACHER | OF_STAFF,
}


# For a room without a class.
UNKNOWN_ROOM = {
    Audience.ANYBODY: gettext_lazy("If the class was held in another place, ask its teacher."),
    Audience.TEACHER: gettext_lazy(
        "Tell the school which room the class was held in. For %(days)s days after the class the platform keeps looking for the room; you can also check now."
    ),
    Audience.STAFF: pgettext_lazy(
        "staff",
        "Compare the number with the cloud's console. For %(days)s days after the class the platform checks whether the cloud knows the room again; you can also check now.",
    ),
}
LATE = {
    Audience.ANYBODY: gettext_lazy(
        "You may close this page: the platform keeps checking. If you need the replay soon, ask the class's teacher."
    ),
    Audience.TEACHER: gettext_lazy(
        "Tell the school: its storage for recordings may be full, or a bill unpaid. The platform keeps checking automatically."
    ),
    Audience.STAFF: pgettext_lazy(
        "staff",
        "Check in the cloud's console whether storage is full or a bill unpaid, and whether the recording is there. The platform keeps checking automatically.",
    ),
}


STORAGE = {
    Audience.TEACHER: gettext_lazy(
        "Tell the school now: as soon as recording works again, this class is recorded too."
    ),
    Audience.STAFF: pgettext_lazy(
        "staff",
        "Pay the bill in the cloud's console or delete replays that nobody needs: as soon as the cloud takes recordings again, this class is recorded too.",
    ),
}


def can_be_switched_on(replay: Replay, at: dt.datetime) -> bool:
    """Tell whether recording may still be switched on: not for lessons that have begun."""
    begun = (CloudStatus.RUNNING, CloudStatus.ENDED)
    has_begun = replay.room is not None and replay.room.cloud_status in begun
    return replay.lesson is not None and at < replay.planned_start and not has_begun


def advice_of(replay: Replay, at: dt.datetime, *, audience: Audience) -> str:
    """Say what this person can do; empty when they can only wait."""
    reason = ReplayReason(replay.reason)
    if reason is ReplayReason.TO_COME and replay.planned_end <= at:
        return ""
    purge = replay.planned_purge
    if reason is ReplayReason.TRASHED and purge is not None and purge.has_begun:
        return _of_deletion(purge, at, audience)
    if reason is ReplayReason.REFUSED and audience is Audience.STAFF:
        return pgettext(
            "staff",
            "Check the rights of the platform's key in the cloud's console, then check the cloud again here. Its last answer: %(error)s",
        ) % {"error": replay.last_error}
    if reason is ReplayReason.ROOM_GONE and replay.state == ReplayState.NONE:
        return str(UNKNOWN_ROOM[audience]) % ASKED_FOR
    if is_late(replay, at):
        return str(LATE[audience])
    if reason is ReplayReason.NOT_RECORDED and can_be_switched_on(replay, at):
        return str(SWITCH_THIS_ON)
    is_refused = replay.room is not None and replay.room.recording_refused
    if reason is ReplayReason.TO_COME and is_refused and audience is not Audience.ANYBODY:
        return str(STORAGE[audience])
    return str(BY_AUDIENCE[audience].get(reason, "")) % ASKED_FOR


def _of_deletion(purge: ReplayPurge, at: dt.datetime, audience: Audience) -> str:
    """For a replay that is being deleted in the cloud."""
    if audience is Audience.STAFF and purge.last_error.startswith(NotOurs.__name__):
        return pgettext(
            "staff",
            "It was not deleted: in the cloud its room belongs to another application than the one in the platform's settings. See in the cloud's console whose it is, and delete the recording there.",
        )
    # Without a reason the cloud accepted the last call, and only its confirmation is missing.
    is_hopeless = purge.attempts >= MANY_PURGES and bool(purge.last_error)
    if not is_hopeless or audience is not Audience.STAFF or purge.due_at is None:
        return _("It can no longer be restored.")
    told = {
        "count": purge.attempts,
        "time": next_moment_text(purge.due_at, at),
        "error": purge.last_error,
    }
    return (
        pgettext(
            "staff",
            "The cloud did not delete it in %(count)s tries: delete it in the cloud's console. The next try is at %(time)s. The cloud's last answer: %(error)s",
        )
        % told
    )
