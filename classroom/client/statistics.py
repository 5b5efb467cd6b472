"""People in a room's class (到课): single comings and goings, and the statistics that are made after it.

Source: LCIC API 3.0, GetRoomEvent and DescribeRoomStatistics (models of the vendor's Python SDK 3.1.134).
Events are gone an hour after the end (page 1639/88910); their Page and Limit act only without a Keyword, and
whether the answer to a Keyword holds all events of that type is not said. The Total is that of all events of
the room, whatever the Keyword. Statistics come some time after the end, and count who was expected and did
not come.

The cloud also tells from which network address, and from where, somebody came: neither is read here, and of a
device only its kind.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import (
    YEAR_S,
    moment,
    number,
    optional_moment,
    optional_number,
    optional_words,
    words,
)
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.member_pages import member_pages
from classroom.client.rate_limits import Priority
from classroom.client.transport import read, sdk_app_id
from edu_platform.lib.text import storable_text

logger = logging.getLogger(__name__)

EVENTS_ACTION, STATISTICS_ACTION = "GetRoomEvent", "DescribeRoomStatistics"
JOINED, LEFT = "MemberJoin", "MemberQuit"
EVENTS_PAGE_SIZE = 100
STATISTICS_PAGE_SIZE = 1000
# A class of three thousand who came ten times each has 600 pages of events.
EVENTS_PAGES = 1000
STATISTICS_PAGES = 100
ID_CHARS = 128
NICKNAME_CHARS = 128
# The cloud's numbers: student, teacher, assistant, supervisor (巡课).
ROLES = range(4)
# Unknown, Windows, macOS, Android, iOS, browser, browser of a phone, WeChat mini program.
DEVICES = range(8)
UNKNOWN_DEVICE = 0


class StatisticsNotReady(CloudRejected):
    """The cloud is still making the statistics of this class, or holds the class to be going on."""


@dataclass(frozen=True, slots=True)
class MemberEvent:
    """Somebody who came into a room, or left it."""

    user_id: str
    at: dt.datetime
    has_come: bool


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """The cloud's sum for one user in one room; a time that it does not tell is None."""

    user_id: str
    # As the class knew them.
    nickname: str
    # One of ROLES.
    role: int
    present_s: int
    first_joined_at: dt.datetime | None
    last_quit_at: dt.datetime | None
    # One of DEVICES.
    device: int

    @property
    def has_come(self) -> bool:
        return self.present_s > 0 or self.first_joined_at is not None


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """The statistics of one room."""

    real_started_at: dt.datetime | None
    real_ended_at: dt.datetime | None
    members: tuple[MemberRecord, ...]
    # Lines that the cloud counts, and which its pages did not hold or which made no sense.
    missing_lines: int

    @property
    def missing_people(self) -> int:
        """Return of how many people at least it does not tell: where nobody came, somebody began the class."""
        return self.missing_lines or int(not any(member.has_come for member in self.members))


def list_member_events(room_id: int, priority: Priority) -> tuple[MemberEvent, ...]:
    """Return who came and left, in the cloud's order: two calls, or all pages where these might not tell all.

    Callers that find fewer people here than in the statistics go through the pages themselves
    (`list_member_events_by_page`). An hour after the end there is nothing.

    Raises:
        CloudRejected: with the meaning ROOM_GONE when there is no such room.
    """
    member_events: list[MemberEvent] = []
    left_out = _LeftOut(room_id, "events")
    for event_type in (JOINED, LEFT):
        answer = _events(room_id, priority, keyword=event_type)
        events = answer.Events or ()
        total = optional_number(EVENTS_ACTION, answer.Total) or 0
        if len(events) == EVENTS_PAGE_SIZE < total:
            return list_member_events_by_page(room_id, priority)
        member_events += _member_events(room_id, events, left_out)
    left_out.log()
    return tuple(member_events)


def list_member_events_by_page(room_id: int, priority: Priority) -> tuple[MemberEvent, ...]:
    """Return who came and left, from the pages of all events of a room.

    Raises:
        CloudRejected: with the meaning ROOM_GONE when there is no such room.
    """
    member_events: list[MemberEvent] = []
    left_out = _LeftOut(room_id, "events")
    seen, previous = 0, None
    for page in range(1, EVENTS_PAGES + 1):
        answer = _events(room_id, priority, page=page)
        events = answer.Events or ()
        content = str(events)
        if not events or content == previous:  # a page that comes again would come for ever
            break
        member_events += _member_events(room_id, events, left_out)
        seen, previous = seen + len(events), content
        if seen >= (optional_number(EVENTS_ACTION, answer.Total) or 0):
            break
    left_out.log()
    return tuple(member_events)


def room_statistics(room_id: int, priority: Priority) -> RoomSummary:
    """Return the statistics of a class that has ended, from all pages.

    Raises:
        StatisticsNotReady: they are still being made, or the class has not ended.
        CloudRejected: with the meaning ROOM_GONE when there is no such room, CLASS_EXPIRED when the class was
            never held.
    """
    answers = list(
        member_pages(
            STATISTICS_ACTION,
            lambda page: _statistics(room_id, page, priority),
            page_size=STATISTICS_PAGE_SIZE,
            most_pages=STATISTICS_PAGES,
        )
    )
    left_out = _LeftOut(room_id, "statistics")
    members: dict[str, MemberRecord] = {}
    for answer in answers:
        for record in _members(answer.MemberRecords or (), left_out):
            members.setdefault(record.user_id, record)
    left_out.log()
    total = max(_total(answer) for answer in answers)
    return RoomSummary(
        real_started_at=optional_moment(STATISTICS_ACTION, answers[0].RealStartTime),
        real_ended_at=optional_moment(STATISTICS_ACTION, answers[0].RealEndTime),
        members=tuple(members.values()),
        missing_lines=max(total - len(members), left_out.count),
    )


def _total(answer: models.DescribeRoomStatisticsResponse) -> int:
    return optional_number(STATISTICS_ACTION, answer.Total) or 0


def _events(
    room_id: int, priority: Priority, *, keyword: str | None = None, page: int = 1
) -> models.GetRoomEventResponse:
    request = models.GetRoomEventRequest()
    request.SdkAppId = sdk_app_id()
    request.RoomId = room_id
    request.Page = page
    request.Limit = EVENTS_PAGE_SIZE
    request.Keyword = keyword
    return read(EVENTS_ACTION, request, models.GetRoomEventResponse, priority)


def _statistics(
    room_id: int, page: int, priority: Priority
) -> models.DescribeRoomStatisticsResponse:
    request = models.DescribeRoomStatisticsRequest()
    request.RoomId = room_id
    request.Page = page
    request.Limit = STATISTICS_PAGE_SIZE
    try:
        return read(STATISTICS_ACTION, request, models.DescribeRoomStatisticsResponse, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.STATISTICS_NOT_READY) or is_kind(err, ErrorKind.CLASS_GOES_ON):
            raise StatisticsNotReady(err.action, err.code, err.message, err.request_id) from err
        raise


class _LeftOut:
    """Lines about a room that make no sense: counted, and logged together."""

    def __init__(self, room_id: int, what: str) -> None:
        self.room_id, self.what = room_id, what
        self.count = 0
        self._first: CloudProtocolError | None = None

    def add(self, err: CloudProtocolError) -> None:
        self.count += 1
        self._first = self._first or err

    def log(self) -> None:
        if self.count:
            words = "%s of room %s: %s lines make no sense, the first: %s"
            logger.warning(words, self.what, self.room_id, self.count, self._first)


def _member_events(
    room_id: int, events: Sequence[models.EventInfo], left_out: _LeftOut
) -> Iterator[MemberEvent]:
    """Read the comings and goings among some events; one that makes no sense holds up none of the others."""
    for event in events:
        if event.EventType not in (JOINED, LEFT):
            continue
        try:
            member_event = _member_event(room_id, event)
        except CloudProtocolError as err:
            left_out.add(err)
        else:
            yield member_event


def _member_event(room_id: int, event: models.EventInfo) -> MemberEvent:
    data = event.EventData
    if data is None or data.RoomId not in (None, room_id):
        raise CloudProtocolError(EVENTS_ACTION, "an event of nobody, or of another room")
    return MemberEvent(
        user_id=user_id_in(EVENTS_ACTION, data.UserId),
        at=moment(EVENTS_ACTION, event.Timestamp),
        has_come=event.EventType == JOINED,
    )


def _members(lines: Sequence[models.MemberRecord], left_out: _LeftOut) -> Iterator[MemberRecord]:
    """Read some lines of the statistics; one that makes no sense holds up none of the others."""
    for line in lines:
        try:
            record = _member(line)
        except CloudProtocolError as err:
            left_out.add(err)
        else:
            yield record


def _member(line: models.MemberRecord) -> MemberRecord:
    return MemberRecord(
        user_id=user_id_in(STATISTICS_ACTION, line.UserId),
        nickname=optional_words(line.UserName)[:NICKNAME_CHARS],
        role=role_in(STATISTICS_ACTION, line.Role),
        present_s=_present_s(line.PresentTime),
        first_joined_at=optional_moment(STATISTICS_ACTION, line.FirstJoinTimestamp),
        last_quit_at=optional_moment(STATISTICS_ACTION, line.LastQuitTimestamp),
        device=_device(line.Device),
    )


def user_id_in(action: str, value: object) -> str:
    """Read the UserId of an answer.

    Raises:
        CloudProtocolError: it cannot be anybody's.
    """
    user_id = words(action, value)
    if len(user_id) > ID_CHARS or user_id != storable_text(user_id):
        raise CloudProtocolError(action, "an id that is nobody's")
    return user_id


def role_in(action: str, value: object) -> int:
    """Read the Role of an answer, one of ROLES; who has none there is a student.

    Raises:
        CloudProtocolError: there is no such role.
    """
    role = 0 if value is None else number(action, value)
    if role not in ROLES:
        raise CloudProtocolError(action, "a role that does not exist")
    return role


def _present_s(value: object) -> int:
    seconds = number(STATISTICS_ACTION, value)
    if not 0 <= seconds < YEAR_S:
        raise CloudProtocolError(STATISTICS_ACTION, "seconds that nobody can have been there")
    return seconds


def _device(value: object) -> int:
    """Return the kind of a device; one that the vendor has added since is unknown."""
    if isinstance(value, int) and not isinstance(value, bool) and value in DEVICES:
        return value
    return UNKNOWN_DEVICE
