"""Which actions there are: their parameters, what they do, and how often they may be called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud import (
    documentactions,
    playbackactions,
    recordactions,
    roomactions,
    roomrules,
    users,
)
from localcloud.cloud import Cloud
from localcloud.parameters import Parameter


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API."""

    params: Mapping[str, Parameter]
    run: Callable[[Cloud, dict[str, Any]], dict[str, Any]]
    per_second: int = 20


ACTIONS: dict[str, Action] = {
    "CreateRoom": Action(roomrules.CREATE_ROOM, roomactions.create_room),
    "ModifyRoom": Action(roomrules.MODIFY_ROOM, roomactions.modify_room),
    "DescribeRoom": Action(roomactions.DESCRIBE_ROOM, roomactions.describe_room, per_second=50),
    "GetRooms": Action(roomactions.GET_ROOMS, roomactions.get_rooms),
    "StartRoom": Action(roomactions.ROOM_ID, roomactions.start_room),
    "EndRoom": Action(roomactions.ROOM_ID, roomactions.end_room),
    "DeleteRoom": Action(roomactions.ROOM_ID, roomactions.delete_room),
    "StartRecord": Action(recordactions.ROOM, recordactions.start_record),
    "StopRecord": Action(recordactions.STOP_RECORD, recordactions.stop_record),
    "DescribeRecord": Action(recordactions.ROOM, recordactions.describe_record),
    "DeleteRecord": Action(recordactions.ROOM, recordactions.delete_record),
    "BatchDeleteRecord": Action(recordactions.ROOMS, recordactions.batch_delete_record),
    "DescribeRecordStream": Action(recordactions.ROOM, recordactions.describe_record_stream),
    "DescribePlaybackList": Action(
        playbackactions.DESCRIBE_PLAYBACK_LIST, playbackactions.describe_playback_list
    ),
    "GetPlaybackToken": Action(
        playbackactions.GET_PLAYBACK_TOKEN, playbackactions.get_playback_token
    ),
    "DeletePlaybackItem": Action(recordactions.ROOM, playbackactions.delete_playback_item),
    "CreateDocument": Action(documentactions.CREATE_DOCUMENT, documentactions.create_document),
    "DescribeDocument": Action(documentactions.DOCUMENT_ID, documentactions.describe_document),
    "BatchDescribeDocument": Action(
        documentactions.BATCH_DESCRIBE_DOCUMENT, documentactions.batch_describe_document
    ),
    "DescribeDocumentsByRoom": Action(
        documentactions.DESCRIBE_DOCUMENTS_BY_ROOM, documentactions.describe_documents_by_room
    ),
    "BindDocumentToRoom": Action(documentactions.BIND_DOCUMENT, documentactions.bind_document),
    "UnbindDocumentFromRoom": Action(
        documentactions.UNBIND_DOCUMENT, documentactions.unbind_document
    ),
    "DeleteDocument": Action(documentactions.DOCUMENT_ID, documentactions.delete_document),
    "RegisterUser": Action(users.REGISTER_USER, users.register_user),
    "BatchRegister": Action(users.BATCH_REGISTER, users.batch_register, per_second=10),
    "LoginUser": Action(users.LOGIN_USER, users.login_user),
    "LoginOriginId": Action(users.LOGIN_ORIGIN_ID, users.login_origin_id),
    "LoginUserWithRoom": Action(users.LOGIN_USER_WITH_ROOM, users.login_user),
    "LoginOriginIdWithRoom": Action(users.LOGIN_ORIGIN_ID_WITH_ROOM, users.login_origin_id),
    "ModifyUserProfile": Action(users.MODIFY_USER_PROFILE, users.modify_user_profile),
    "DescribeUserDetail": Action(users.DESCRIBE_USER_DETAIL, users.describe_user_detail),
    "DeleteUser": Action(users.DELETE_USER, users.delete_user),
    "CreateSupervisor": Action(users.NAME_SUPERVISORS, users.create_supervisor),
    "DeleteSupervisor": Action(users.NAME_SUPERVISORS, users.delete_supervisor),
    "DescribeSupervisors": Action(users.DESCRIBE_SUPERVISORS, users.describe_supervisors),
}
