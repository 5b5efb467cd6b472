"""People who are in a room's class at this moment (在线成员).

Source: LCIC API 3.0, DescribeCurrentMemberList (models of the vendor's Python SDK 3.1.134). It answers only while the
room has neither ended nor expired. Whether it names people who have left again is not said; each line tells whether
somebody is there, so both are read.

As in `statistics`, neither the network address nor the place of a person is read, and of a device nothing.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import (
    number,
    optional_moment,
    optional_words,
)
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudProtocolError, CloudRejected
from classroom.client.member_pages import member_pages
from classroom.client.rate_limits import Priority
from classroom.client.statistics import NICKNAME_CHARS, role_in, user_id_in
from classroom.client.transport import read

logger = logging.getLogger(__name__)

ACTION = "DescribeCurrentMemberList"
PAGE_SIZE = 1000
# A class of a hundred thousand.
MOST_PAGES = 100
# CurrentState: 0 not come, 1 online, 2 offline, 3 kicked, 4 kicked for good, 5 briefly dropped.
STATES = range(6)
ONLINE, DROPPED = 1, 5
# Somebody whose connection broke a moment ago comes back by themselves.
INSIDE = (ONLINE, DROPPED)


class ClassOver(CloudRejected):
    """The class has ended or expired, so nobody is in it any more: an answer, and no failure."""


@dataclass(frozen=True, slots=True)
class CurrentMember:
    """Somebody whom the cloud names of a class that goes on; a time that it does not tell is None."""

    user_id: str
    # As the class knows them.
    nickname: str
    # One of ROLES.
    role: int
    is_inside: bool
    joined_at: dt.datetime | None
    left_at: dt.datetime | None


def current_members(room_id: int, priority: Priority) -> tuple[CurrentMember, ...]:
    """Return the people of a class that goes on, from all pages; lines that make no sense are left out and logged.

    Raises:
        ClassOver: the class has ended or expired.
        CloudRejected: with the meaning ROOM_GONE when there is no such room.
    """
    members: dict[str, CurrentMember] = {}
    for line in _lines(room_id, priority):
        try:
            member = _member(line)
        except CloudProtocolError as err:
            logger.warning("members of room %s: a line makes no sense: %s", room_id, err)
        else:
            members.setdefault(member.user_id, member)
    return tuple(members.values())


def _lines(room_id: int, priority: Priority) -> Iterator[models.MemberRecord]:
    def ask(page: int) -> models.DescribeCurrentMemberListResponse:
        return _page(room_id, page, priority)

    for answer in member_pages(ACTION, ask, page_size=PAGE_SIZE, most_pages=MOST_PAGES):
        yield from answer.MemberRecords or ()


def _page(room_id: int, page: int, priority: Priority) -> models.DescribeCurrentMemberListResponse:
    request = models.DescribeCurrentMemberListRequest()
    request.RoomId = room_id
    request.Page = page
    request.Limit = PAGE_SIZE
    try:
        return read(ACTION, request, models.DescribeCurrentMemberListResponse, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.CLASS_ENDED) or is_kind(err, ErrorKind.CLASS_EXPIRED):
            raise ClassOver(err.action, err.code, err.message, err.request_id) from err
        raise


def _member(line: models.MemberRecord) -> CurrentMember:
    # Who is listed without a state is there: the list is that of the present.
    state = ONLINE if line.CurrentState is None else number(ACTION, line.CurrentState)
    if state not in STATES:
        raise CloudProtocolError(ACTION, "a state that does not exist")
    return CurrentMember(
        user_id=user_id_in(ACTION, line.UserId),
        nickname=optional_words(line.UserName)[:NICKNAME_CHARS],
        role=role_in(ACTION, line.Role),
        is_inside=state in INSIDE,
        joined_at=optional_moment(ACTION, line.FirstJoinTimestamp),
        left_at=optional_moment(ACTION, line.LastQuitTimestamp),
    )
