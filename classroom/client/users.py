"""People as the cloud knows them: register, log in, change, list as supervisors.

Nothing of a person leaves but a nickname, the address of a picture and an opaque OriginId. Every
function raises the errors of `classroom.client.errors`.

Source: LCIC API 3.0, user actions (models of the vendor's Python SDK 3.1.134).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tencentcloud.lcic.v20220817 import models

from classroom.client.answer_values import words
from classroom.client.error_codes import ErrorKind, is_kind
from classroom.client.errors import CloudRejected
from classroom.client.rate_limits import Priority
from classroom.client.transport import Call, call, call_any, read, repeat_safely, sdk_app_id

REGISTER_AT_MOST = 1000
TICKET_ACTIONS = ("LoginUserWithRoom", "LoginOriginIdWithRoom")
TicketAnswer = models.LoginUserWithRoomResponse | models.LoginOriginIdWithRoomResponse


@dataclass(frozen=True, slots=True)
class Participant:
    """Everything that the cloud is told of a person."""

    origin_id: str
    nickname: str
    avatar_url: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Opens the class page for one person; never stored, logged or shown."""

    user_id: str
    token: str = field(repr=False)


def register_user(participant: Participant, priority: Priority) -> str:
    """Register one person and return the UserId.

    Raises:
        CloudRejected: with the meaning ORIGIN_TAKEN when the OriginId is registered already, also
            by an earlier call of ours whose answer was lost.
    """
    request = models.RegisterUserRequest()
    request.SdkAppId = sdk_app_id()
    request.OriginId = participant.origin_id
    request.Name = participant.nickname
    request.Avatar = participant.avatar_url or None
    answer = call("RegisterUser", request, models.RegisterUserResponse, priority)
    return words("RegisterUser", answer.UserId)


def register_users(participants: Sequence[Participant], priority: Priority) -> dict[str, str]:
    """Register up to 1000 people at once; UserIds by OriginId.

    Registered people are overwritten, so repeating is harmless. One refused nickname refuses all.
    """
    request = models.BatchRegisterRequest()
    request.Users = [_batch_row(participant) for participant in participants]
    answer = repeat_safely(
        lambda: call("BatchRegister", request, models.BatchRegisterResponse, priority), priority
    )
    return {
        words("BatchRegister", row.OriginId): words("BatchRegister", row.UserId)
        for row in answer.Users or []
    }


def _batch_row(participant: Participant) -> models.BatchUserRequest:
    row = models.BatchUserRequest()
    row.SdkAppId = sdk_app_id()
    row.OriginId = participant.origin_id
    row.Name = participant.nickname
    row.Avatar = participant.avatar_url or None
    return row


def find_user(origin_id: str, priority: Priority) -> str | None:
    """The UserId registered for an OriginId; None when there is none."""
    request = models.LoginOriginIdRequest()
    request.SdkAppId = sdk_app_id()
    request.OriginId = origin_id
    try:
        answer = read("LoginOriginId", request, models.LoginOriginIdResponse, priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.USER_GONE):
            return None
        raise
    return words("LoginOriginId", answer.UserId)


def log_in_to_room(user_id: str, origin_id: str, room_id: int, priority: Priority) -> Ticket | None:
    """A ticket for one room; None when the cloud does not know the user, or by another UserId.

    Two actions give the same ticket, and each has limits of its own: whichever has room is called.
    """
    by_user = models.LoginUserWithRoomRequest()
    by_user.UserId = user_id
    by_user.RoomId = room_id
    by_origin = models.LoginOriginIdWithRoomRequest()
    by_origin.SdkAppId = sdk_app_id()
    by_origin.OriginId = origin_id
    by_origin.RoomId = room_id
    calls: list[Call[TicketAnswer]] = [
        Call(TICKET_ACTIONS[0], by_user, models.LoginUserWithRoomResponse),
        Call(TICKET_ACTIONS[1], by_origin, models.LoginOriginIdWithRoomResponse),
    ]
    try:
        answer = repeat_safely(lambda: call_any(calls, priority), priority)
    except CloudRejected as err:
        if is_kind(err, ErrorKind.USER_GONE):
            return None
        raise
    ticket = Ticket(
        user_id=words(TICKET_ACTIONS[0], answer.UserId),
        token=words(TICKET_ACTIONS[0], answer.Token),
    )
    return ticket if ticket.user_id == user_id else None


def change_profile(
    user_id: str, *, nickname: str, avatar_url: str | None, priority: Priority
) -> None:
    """Set nickname and picture. Safe to repeat; a class in progress keeps the old ones.

    An empty address takes the picture away (assumed: the vendor's text does not say), None leaves it.

    Raises:
        CloudRejected: with the meaning USER_GONE or WORDS_REFUSED.
    """
    request = models.ModifyUserProfileRequest()
    request.UserId = user_id
    request.Nickname = nickname
    request.Avatar = avatar_url
    repeat_safely(
        lambda: call("ModifyUserProfile", request, models.ModifyUserProfileResponse, priority),
        priority,
    )


def delete_user(user_id: str, priority: Priority) -> None:
    """Delete a person; one who is gone already is fine. Their tickets end with them (assumed).

    Raises:
        CloudRejected: the cloud keeps them, such as while they are in one of its groups.
    """
    request = models.DeleteUserRequest()
    request.UserId = user_id
    try:
        repeat_safely(
            lambda: call("DeleteUser", request, models.DeleteUserResponse, priority), priority
        )
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.USER_GONE):
            raise


def add_supervisor(user_id: str, priority: Priority) -> None:
    """Put a person on the application's list of supervisors (巡课). Safe to repeat.

    Raises:
        CloudRejected: with the meaning USER_GONE.
    """
    request = models.CreateSupervisorRequest()
    request.SdkAppId = sdk_app_id()
    request.Users = [user_id]
    repeat_safely(
        lambda: call("CreateSupervisor", request, models.CreateSupervisorResponse, priority),
        priority,
    )


def remove_supervisor(user_id: str, priority: Priority) -> None:
    """Take a person off the list of supervisors; one who is gone already is fine."""
    request = models.DeleteSupervisorRequest()
    request.SdkAppId = sdk_app_id()
    request.Users = [user_id]
    try:
        repeat_safely(
            lambda: call("DeleteSupervisor", request, models.DeleteSupervisorResponse, priority),
            priority,
        )
    except CloudRejected as err:
        if not is_kind(err, ErrorKind.USER_GONE):
            raise
