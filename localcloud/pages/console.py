"""The console: what the cloud holds, the last calls, and forms to set faults and change rooms. No scripts."""

from __future__ import annotations

import json
from html import escape
from typing import TypeVar

from localcloud.api import call_log, faults
from localcloud.api.actions import ACTIONS
from localcloud.api.call_log import Call
from localcloud.cloud import Cloud
from localcloud.control import operations
from localcloud.http.messages import Request, Response
from localcloud.pages import callbackview, documentview, templating, widgets
from localcloud.state import lifecycle, members, recording_settings, recordings, rooms, users
from localcloud.state.recordings import Recording
from localcloud.state.rooms import Room

SHOWN_CALLS = 200
SHOWN_ROWS = 500  # of rooms and of users: the newest
_T = TypeVar("_T")
_RECORDING_WORDS = {
    recordings.RUNNING: "录制中",
    recordings.PART: "等待合并",
    recordings.MAKING: "生成中",
    recordings.FAILED: "失败",
    recordings.DELETED: "已删除",
}
_KIND_WORDS = {
    recordings.MIXED: "",
    recordings.STREAM: "单流 ",
    recordings.SIGNALLING: "信令回放 ",
}
_VERB_WORDS = {"start": "开始", "end": "结束", "expire": "过期", "delete": "删除"}


def show(cloud: Cloud, _request: Request) -> Response:
    with lifecycle.settled(cloud):
        main = (
            '<main class="wide"><h1>本地课堂云 <small lang="en">Local cloud</small></h1>'
            f"{_settings(cloud)}{_switches(cloud)}{_rooms(cloud)}{_recording(cloud)}"
            f"{documentview.section(cloud)}{callbackview.section(cloud)}{_users(cloud)}{_calls(cloud)}</main>"
        )
    # The forms are told from foreign ones by their Origin, which no-referrer would hide.
    return templating.page("本地课堂云", main, referrer="same-origin")


def _settings(cloud: Cloud) -> str:
    enforced = cloud.limits_enforced()
    words, offset_s = " ".join(cloud.refused_words()), cloud.value("clock_offset_s", default=0)
    return (
        f'<p class="soft">SdkAppId {cloud.config.sdk_app_id} · 云端时间 '
        f"{templating.shown_time(cloud.now_s(), '%Y-%m-%d %H:%M:%S')}（北京时间）</p><div class='row'>"
        + widgets.form(
            "/console/limits",
            "关闭限频 Limits off" if enforced else "开启限频 Limits on",
            templating.hidden({"enforce": "0" if enforced else "1"}),
        )
        + widgets.form(
            "/console/clock", "调整时钟 Clock", widgets.field("offset_s", str(offset_s), "偏移秒数")
        )
        + widgets.form(
            "/console/words", "设置违禁词 Words", widgets.field("refused", words, "违禁词")
        )
        + widgets.form("/console/reset", "全部清空 Reset")
        + "</div>"
    )


def _switches(cloud: Cloud) -> str:
    rows = (
        [
            str(fault.id),
            escape(fault.action),
            escape(fault.kind),
            escape(fault.code),
            "直到清除" if fault.times is None else str(fault.times),
            f"{fault.seconds:g}",
            widgets.form(f"/console/switches/{fault.id}/clear", "清除"),
        ]
        for fault in faults.all_faults(cloud)
    )
    fields = (
        widgets.select("action", [faults.ANY_ACTION, *ACTIONS])
        + widgets.select("kind", faults.KINDS)
        + widgets.field("code", "", "错误码 code")
        + widgets.field("times", "1", "次数（空：直到清除）")
        + widgets.field("seconds", "", "秒数 seconds")
    )
    heads = ["#", "Action", "Kind", "Code", "剩余次数", "秒", ""]
    return (
        f"<h2>故障开关 Switches</h2>{widgets.table('switches', heads, rows)}"
        f"<p>{widgets.form('/console/switches', '加上 Add', fields)} "
        f"{widgets.form('/console/switches/clear', '全部清除 Clear all')}</p>"
    )


def _rooms(cloud: Cloud) -> str:
    rows = (_room_row(cloud, room) for room in _newest(rooms.all_rooms(cloud)))
    heads = ["课堂号", "名称", "计划时间（北京时间）", "状态", "老师", "助教", "在场", "录制", ""]
    return f"<h2>课堂 Rooms</h2>{widgets.table('rooms', heads, rows)}"


def _room_row(cloud: Cloud, room: Room) -> list[str]:
    fields = room.fields
    present = ", ".join(f"{each.name}({each.role})" for each in members.in_room(cloud, room))
    changes = "".join(
        widgets.form(f"/console/rooms/{room.room_id}/{verb}", _VERB_WORDS[verb])
        for verb, (needed, _) in operations.ROOM_CHANGES.items()
        if needed is None or needed == room.status
    )
    return [
        str(room.room_id),
        escape(fields["Name"]),
        f"{templating.shown_time(fields['StartTime'])} – {templating.shown_time(fields['EndTime'])}",
        f"{room.status} {templating.STATUS_WORDS[room.status][0]}",
        escape(fields["TeacherId"]),
        escape(", ".join(fields["Assistants"])),
        escape(present),
        _recordings(cloud, room),
        changes,
    ]


def _recordings(cloud: Cloud, room: Room) -> str:
    found = recordings.of_room(cloud, room.room_id)
    streams = recordings.of_room(cloud, room.room_id, kind=recordings.STREAM)
    playbacks = recordings.of_room(cloud, room.room_id, kind=recordings.SIGNALLING)
    items = [*found, *streams, *playbacks]
    listed = "".join(f"<li>{_recording_item(cloud, each)}</li>" for each in items)
    buttons = ""
    if room.status == rooms.ENDED:
        buttons += widgets.form(f"/console/rooms/{room.room_id}/record", "再录一份")
    if any(each.state == recordings.READY for each in (*found, *streams)):
        buttons += widgets.form(f"/console/rooms/{room.room_id}/delete_records", "删除录制")
    if any(each.state == recordings.READY for each in playbacks):
        buttons += widgets.form(f"/console/rooms/{room.room_id}/delete_playback", "删除信令回放")
    return (f"<ol>{listed}</ol>" if listed else "") + buttons


def _recording_item(cloud: Cloud, recording: Recording) -> str:
    kind = _KIND_WORDS[recording.kind]
    if recording.state != recordings.READY:
        return kind + _RECORDING_WORDS[recording.state]
    words = f"{kind}{recording.duration_s} 秒, {recording.size_bytes / 1024:.0f} KiB"
    if recording.kind == recordings.SIGNALLING:  # its address would hold a ticket
        return words
    return f'<a href="{escape(recordings.url_of(cloud, recording))}">{words}</a>'


def _recording(cloud: Cloud) -> str:
    made = recording_settings.load(cloud)
    formats = [made.file_format, *(set(recording_settings.FORMATS) - {made.file_format})]
    key_words = "已设防盗链 Key" if made.vod_key else "防盗链 Key vod_key"
    fields = (
        widgets.labelled("delay_s", f"{made.delay_s:g}", "几秒后生成 delay_s")
        + widgets.check("enabled", "生成录制 enabled", is_on=made.enabled)
        + widgets.check("storage_full", "存储已满 storage_full", is_on=made.storage_full)
        + widgets.check(
            "describe_record_silent",
            "DescribeRecord 不列出 describe_record_silent",
            is_on=made.describe_record_silent,
        )
        + widgets.select("file_format", formats)
        + widgets.labelled("vod_key", "", key_words)
        + widgets.check("no_vod_key", "不设防盗链 no_vod_key", is_on=False)
    )
    return (
        '<h2>录制设置 <small lang="en">Recording</small></h2>'
        f"<p>{widgets.form('/console/recording', '保存 Save', fields)}</p>"
    )


def _users(cloud: Cloud) -> str:
    supervisors = set(users.all_supervisors(cloud))
    rows = (
        [
            escape(user["UserId"]),
            escape(user["OriginId"]),
            escape(user["Name"]),
            "巡课" if user["UserId"] in supervisors else "",
            widgets.form(f"/console/users/{user['UserId']}/delete", "删除"),
        ]
        for user in _newest(users.all_users(cloud))
    )
    return (
        f"<h2>用户 Users</h2>{widgets.table('users', ['UserId', 'OriginId', '昵称', '', ''], rows)}"
    )


def _calls(cloud: Cloud) -> str:
    rows = (_call_row(call) for call in call_log.latest(cloud, SHOWN_CALLS))
    heads = ["#", "时间（北京时间）", "Action", "参数", "结果"]
    return f"<h2>最近 {SHOWN_CALLS} 次调用 Calls</h2>{widgets.table('calls', heads, rows)}"


def _call_row(call: Call) -> list[str]:
    params = json.dumps(call.params, ensure_ascii=False)
    shown = params if len(params) <= 500 else params[:500] + "…"
    at = templating.shown_time(call.at, "%m-%d %H:%M:%S")
    action, code = escape(call.action), escape(call.code or "成功")
    return [str(call.n), at, action, f"<code>{escape(shown)}</code>", code]


def _newest(rows: list[_T]) -> list[_T]:
    return rows[::-1][:SHOWN_ROWS]
