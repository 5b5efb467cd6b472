"""The texts of the class page, by the language that its address asks for (`lng`).

The cloud's page speaks more languages than these two; here what is not spoken, or not named, is Chinese, as
its default is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.pages import labels
from localcloud.state import documents, members, rooms

CHINESE: dict[str, Any] = {
    "lang": "zh-Hans",
    "roles": {
        members.TEACHER: "老师",
        members.ASSISTANT: "助教",
        members.STUDENT: "学生",
        members.SUPERVISOR: "巡课",
    },
    "room_status": {rooms.WAITING: "未开始", rooms.RUNNING: "上课中"},
    "room_types": {0: "小班课", 1: "大班课", 3: "圆桌会议"},
    "documents": labels.DOCUMENT_STATES,
    "recording": "录制中",
    "not_recording": "未录制",
    "messages": "课堂通知",
    "beijing_time": "（北京时间）",
    "room_number": "课堂号",
    "hello": "您好，",
    "your_role": "。您的身份：",
    "no_name": "未命名",
    "me": "（我）",
    "running": "正在上课",
    "since": "开始于",
    "press_start": "准备好后，请点“上课”",
    "wait": "请稍候，等待老师开始上课",
    "start": "上课",
    "end": "下课",
    "refresh": "刷新",
    "leave": "离开",
    "members": "课堂成员",
    "courseware": "课件",
    "pages": "共 {} 页",
    "left": ("您已离开课堂", "需要时请从课程表重新进入。"),
    "may_close": "本页可以关闭。",
    "to_home": "返回学校平台",
    "enter_here": "在本页重新进入",
    "refused": {
        "school": ("进入课堂的地址不完整", "地址里没有本应用的 schoolid，请从课程表重新进入课堂。"),
        "ticket": ("入场凭证无效或已过期", "请从课程表重新进入课堂。"),
        "room": ("找不到这个课堂", "课堂可能已被删除。"),
        "ended": ("课堂已结束", "老师已下课，不能再进入。"),
        "expired": ("课堂已过期", "这节课没有按时开始，不能再进入。"),
        "role": ("没有这个身份的权限", "您不能以这个身份进行操作。"),
        "elsewhere": ("您已在另一个页面进入课堂", "同一时间只能在一个页面上课，本页已退出。"),
    },
}
ENGLISH: dict[str, Any] = {
    "lang": "en",
    "roles": {
        members.TEACHER: "Teacher",
        members.ASSISTANT: "Assistant",
        members.STUDENT: "Student",
        members.SUPERVISOR: "Supervisor",
    },
    "room_status": {rooms.WAITING: "Not started", rooms.RUNNING: "In class"},
    "room_types": {0: "Small class", 1: "Lecture", 3: "Round table"},
    "documents": {
        documents.NOT_NEEDED: "No transcoding needed",
        documents.IN_PROGRESS: "Transcoding",
        documents.FAILED: "Transcoding failed",
        documents.DONE: "Transcoded",
    },
    "recording": "Recording",
    "not_recording": "Not recorded",
    "messages": "Messages from the school",
    "beijing_time": " (Beijing time)",
    "room_number": "Class",
    "hello": "Hello, ",
    "your_role": ". You are here as: ",
    "no_name": "No name",
    "me": " (me)",
    "running": "The class is running",
    "since": "Since",
    "press_start": "Press Start when you are ready",
    "wait": "Waiting for the teacher to start",
    "start": "Start",
    "end": "End",
    "refresh": "Refresh",
    "leave": "Leave",
    "members": "Who is here",
    "courseware": "Courseware",
    "pages": "{} pages",
    "left": ("You have left the class", "You can enter again from the timetable."),
    "may_close": "This page can be closed.",
    "to_home": "Back to the school's platform",
    "enter_here": "Enter on this page again",
    "refused": {
        "school": (
            "The address of the class is not complete",
            "It does not name this application (schoolid): enter again from the timetable.",
        ),
        "ticket": ("Ticket not valid", "Enter again from the timetable."),
        "room": ("No such class", "It may have been deleted."),
        "ended": ("Class has ended", "The teacher has ended it; nobody can enter any more."),
        "expired": ("Class has expired", "It did not start in time; nobody can enter any more."),
        "role": ("Role not allowed", "You may not do this in that role."),
        "elsewhere": (
            "You have entered on another page",
            "One person is in class on one page at a time, so this one has left.",
        ),
    },
}
SPOKEN = {"zh-CN": CHINESE, "en-US": ENGLISH}


def words_for(fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the texts in the language that the fields of an address or form name."""
    return SPOKEN.get(fields.get("lng", ""), CHINESE)
