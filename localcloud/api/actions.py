"""The API's actions: their parameters and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.api import (
    app_actions,
    attendance_actions,
    document_actions,
    group_actions,
    marquee_actions,
    message_actions,
    playback_actions,
    record_actions,
    room_actions,
    room_rules,
    user_actions,
)
from localcloud.api.parameters import Parameter
from localcloud.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Action:
    """One action of the API."""

    params: Mapping[str, Parameter]
    run: Callable[[Cloud, dict[str, Any]], dict[str, Any]]


ACTIONS: dict[str, Action] = {
    "ModifyApp": Action(app_actions.MODIFY_APP, app_actions.modify_app),
    "SetAppCustomContent": Action(
        app_actions.SET_APP_CUSTOM_CONTENT, app_actions.set_app_custom_content
    ),
    "DescribeAppDetail": Action(app_actions.DESCRIBE_APP_DETAIL, app_actions.describe_app_detail),
    "DescribeDeveloper": Action(app_actions.DESCRIBE_DEVELOPER, app_actions.describe_developer),
    "CreateRoom": Action(room_rules.CREATE_ROOM, room_actions.create_room),
    "ModifyRoom": Action(room_rules.MODIFY_ROOM, room_actions.modify_room),
    "DescribeRoom": Action(room_actions.DESCRIBE_ROOM, room_actions.describe_room),
    "GetRooms": Action(room_actions.GET_ROOMS, room_actions.get_rooms),
    "StartRoom": Action(room_actions.ROOM_ID, room_actions.start_room),
    "EndRoom": Action(room_actions.ROOM_ID, room_actions.end_room),
    "DeleteRoom": Action(room_actions.ROOM_ID, room_actions.delete_room),
    "SetMarquee": Action(marquee_actions.SET_MARQUEE, marquee_actions.set_marquee),
    "DescribeMarquee": Action(marquee_actions.DESCRIBE_MARQUEE, marquee_actions.describe_marquee),
    "SendRoomNotificationMessage": Action(
        message_actions.SEND_NOTIFICATION, message_actions.send_notification
    ),
    "DescribeCurrentMemberList": Action(
        attendance_actions.DESCRIBE_CURRENT_MEMBER_LIST,
        attendance_actions.describe_current_member_list,
    ),
    "GetRoomEvent": Action(attendance_actions.GET_ROOM_EVENT, attendance_actions.get_room_event),
    "DescribeRoomStatistics": Action(
        attendance_actions.DESCRIBE_ROOM_STATISTICS, attendance_actions.describe_room_statistics
    ),
    "StartRecord": Action(record_actions.ROOM, record_actions.start_record),
    "StopRecord": Action(record_actions.STOP_RECORD, record_actions.stop_record),
    "DescribeRecordTask": Action(record_actions.ROOM, record_actions.describe_record_task),
    "DescribeRecord": Action(record_actions.ROOM, record_actions.describe_record),
    "DeleteRecord": Action(record_actions.ROOM, record_actions.delete_record),
    "BatchDeleteRecord": Action(record_actions.ROOMS, record_actions.batch_delete_record),
    "DescribeRecordStream": Action(record_actions.ROOM, record_actions.describe_record_stream),
    "DescribePlaybackList": Action(
        playback_actions.DESCRIBE_PLAYBACK_LIST, playback_actions.describe_playback_list
    ),
    "GetPlaybackToken": Action(
        playback_actions.GET_PLAYBACK_TOKEN, playback_actions.get_playback_token
    ),
    "DescribePlayRecords": Action(
        playback_actions.DESCRIBE_PLAY_RECORDS, playback_actions.describe_play_records
    ),
    "DeletePlaybackItem": Action(record_actions.ROOM, playback_actions.delete_playback_item),
    "CreateDocument": Action(document_actions.CREATE_DOCUMENT, document_actions.create_document),
    "DescribeDocument": Action(document_actions.DOCUMENT_ID, document_actions.describe_document),
    "BatchDescribeDocument": Action(
        document_actions.BATCH_DESCRIBE_DOCUMENT, document_actions.batch_describe_document
    ),
    "DescribeDocumentsByRoom": Action(
        document_actions.DESCRIBE_DOCUMENTS_BY_ROOM, document_actions.describe_documents_by_room
    ),
    "BindDocumentToRoom": Action(document_actions.BIND_DOCUMENT, document_actions.bind_document),
    "UnbindDocumentFromRoom": Action(
        document_actions.UNBIND_DOCUMENT, document_actions.unbind_document
    ),
    "DeleteDocument": Action(document_actions.DOCUMENT_ID, document_actions.delete_document),
    "RegisterUser": Action(user_actions.REGISTER_USER, user_actions.register_user),
    "BatchRegister": Action(user_actions.BATCH_REGISTER, user_actions.batch_register),
    "LoginUser": Action(user_actions.LOGIN_USER, user_actions.login_user),
    "LoginOriginId": Action(user_actions.LOGIN_ORIGIN_ID, user_actions.login_origin_id),
    "LoginUserWithRoom": Action(user_actions.LOGIN_USER_WITH_ROOM, user_actions.login_user),
    "LoginOriginIdWithRoom": Action(
        user_actions.LOGIN_ORIGIN_ID_WITH_ROOM, user_actions.login_origin_id
    ),
    "ModifyUserProfile": Action(user_actions.MODIFY_USER_PROFILE, user_actions.modify_user_profile),
    "DescribeUserDetail": Action(
        user_actions.DESCRIBE_USER_DETAIL, user_actions.describe_user_detail
    ),
    "DeleteUser": Action(user_actions.DELETE_USER, user_actions.delete_user),
    "CreateGroupWithMembers": Action(
        group_actions.CREATE_GROUP_WITH_MEMBERS, group_actions.create_group_with_members
    ),
    "DescribeGroupList": Action(
        group_actions.DESCRIBE_GROUP_LIST, group_actions.describe_group_list
    ),
    "DeleteGroupMember": Action(
        group_actions.DELETE_GROUP_MEMBER, group_actions.delete_group_member
    ),
    "CreateSupervisor": Action(user_actions.NAME_SUPERVISORS, user_actions.create_supervisor),
    "DeleteSupervisor": Action(user_actions.NAME_SUPERVISORS, user_actions.delete_supervisor),
    "DescribeSupervisors": Action(
        user_actions.DESCRIBE_SUPERVISORS, user_actions.describe_supervisors
    ),
}
