"""How the class page looks. Its hooks: data-role, data-status, data-refused, #recording, #members, #documents."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from localcloud.http.messages import Response
from localcloud.pages import documentview, templating
from localcloud.state import members, recordings, rooms
from localcloud.state.bindings import Binding
from localcloud.state.members import Member
from localcloud.state.rooms import Room

ROLE_WORDS = {
    members.TEACHER: ("老师", "Teacher"),
    members.ASSISTANT: ("助教", "Assistant"),
    members.STUDENT: ("学生", "Student"),
    members.SUPERVISOR: ("巡课", "Supervisor"),
}
_RECORDING = ' <span class="pill" id="recording" lang="zh-Hans">录制中 <span lang="en">Recording</span></span>'
ROOM_TYPE_WORDS = {0: "小班课", 1: "大班课", 3: "圆桌会议"}
REFUSALS = {
    "ticket": (403, "入场凭证无效或已过期", "Ticket not valid", "请从课表重新进入课堂。"),
    "room": (404, "找不到这个课堂", "No such class", "课堂可能已被删除。"),
    "ended": (410, "课堂已结束", "Class has ended", "老师已下课，不能再进入。"),
    "expired": (410, "课堂已过期", "Class has expired", "这节课没有按时开始，不能再进入。"),
    "role": (403, "没有这个身份的权限", "Role not allowed", "您不能以这个身份进行操作。"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An open room as somebody inside sees it."""

    room: Room
    role: str
    user_id: str
    present: list[Member]
    is_recording: bool  # by hand: an automatic recording has nothing to press
    bound: list[Binding]


def refused(reason: str) -> Response:
    status, title, subtitle, advice = REFUSALS[reason]
    main = (
        f'<main data-refused="{reason}"><div class="card"><h1>{title}</h1>'
        f'<small lang="en">{subtitle}</small><p>{advice}</p></div></main>'
    )
    return templating.page(title, main, status=status)


def left() -> Response:
    main = (
        '<main data-left><div class="card"><h1>您已离开课堂</h1><small lang="en">You have left the class</small>'
        "<p>需要时请从课表重新进入。本页可以关闭。</p></div></main>"
    )
    return templating.page("您已离开课堂", main)


def room_page(seen: Seen, ticket: dict[str, str]) -> Response:
    """Show an open room; `ticket` is what forms and links carry on."""
    room, role = seen.room, seen.role
    main = (
        f'<main data-role="{role}" data-status="{room.status}"><div class="card">'
        f"{_head(seen)}{_own_role(role, seen.present, seen.user_id)}{_stage(room, role)}"
        f"{_buttons(seen, ticket)}</div>{documentview.in_class(seen.bound)}"
        f"{_people(seen.present, seen.user_id)}</main>"
    )
    return templating.page(room.fields["Name"], main, sources=documentview.SOURCES)


def _head(seen: Seen) -> str:
    room = seen.room
    word, english = templating.STATUS_WORDS[room.status]
    start, end = room.fields["StartTime"], room.fields["EndTime"]
    until = "%H:%M" if templating.is_same_day(start, end) else "%Y-%m-%d %H:%M"
    return (
        f'<span class="pill" lang="zh-Hans">{word} <span lang="en">{english}</span></span>'
        f"{_RECORDING if seen.is_recording else ''}<h1>{escape(room.fields['Name'])}</h1>"
        f'<p class="soft">{templating.shown_time(start)} – {templating.shown_time(end, until)}（北京时间）'
        f" · {ROOM_TYPE_WORDS[room.fields['RoomType']]} · 课堂号 {room.room_id}</p>"
    )


def _own_role(role: str, present: list[Member], user_id: str) -> str:
    word, english = ROLE_WORDS[role]
    name = next((member.name for member in present if member.user_id == user_id), "")
    return (
        f'<p>您好，<b id="own-name">{escape(name) or "未命名"}</b>。您的身份：'
        f'<b id="own-role">{word}</b> <small lang="en">{english}</small></p>'
    )


def _stage(room: Room, role: str) -> str:
    if room.status == rooms.RUNNING:
        words = f"正在上课<br><small>开始于 {templating.shown_time(room.real_start_s, '%H:%M:%S')}</small>"
    elif role == members.TEACHER:
        words = "准备好后，请点“上课”<br><small>Press start when you are ready</small>"
    else:
        words = "请稍候，等待老师开始上课<br><small>Waiting for the teacher</small>"
    return f'<div class="stage"><strong>{words}</strong></div>'


def _buttons(seen: Seen, ticket: dict[str, str]) -> str:
    buttons = _teacher_buttons(seen, ticket) if seen.role == members.TEACHER else ""
    buttons += f'<a class="button" href="/class.html?{escape(urlencode(ticket))}">刷新&nbsp;<small>Refresh</small></a>'
    return f'<div class="row">{buttons}{_button("/class/leave", "离开", "Leave", "plain", ticket)}</div>'


def _teacher_buttons(seen: Seen, ticket: dict[str, str]) -> str:
    if seen.room.status == rooms.WAITING:
        return _button("/class/start", "上课", "Start", "main", ticket)
    record = ""
    if seen.is_recording:
        record = _button("/class/record/stop", "停止录制", "Stop recording", "plain", ticket)
    elif seen.room.fields["DisableRecord"] == recordings.MANUAL:
        record = _button("/class/record/start", "开始录制", "Record", "plain", ticket)
    return _button("/class/end", "下课", "End", "danger", ticket) + record


def _button(action: str, word: str, english: str, look: str, ticket: dict[str, str]) -> str:
    return (
        f'<form method="post" action="{action}">{templating.hidden(ticket)}'
        f'<button class="{look}">{word}&nbsp;<span lang="en">{english}</span></button></form>'
    )


def _people(present: list[Member], user_id: str) -> str:
    rows = "".join(_person(member, is_self=member.user_id == user_id) for member in present)
    return (
        f'<h2>课堂成员 <small lang="en">Who is here</small> {len(present)}</h2>'
        f'<div class="card"><ul id="members">{rows}</ul></div>'
    )


def _person(member: Member, *, is_self: bool) -> str:
    word, english = ROLE_WORDS[member.role]
    own = "（我）" if is_self else ""
    return (
        f'<li data-user-id="{escape(member.user_id)}" data-role="{member.role}">'
        f"<span>{escape(member.name) or '未命名'}{own}</span>"
        f'<span class="soft">{word} <span lang="en">{english}</span></span></li>'
    )
