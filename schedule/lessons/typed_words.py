"""The words that people type for room types and recordings, in forms and in files."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from schedule.enums import RoomType

ROOM_TYPES = {
    "": RoomType.INTERACTIVE,
    "互动班课": RoomType.INTERACTIVE,
    "小班课": RoomType.INTERACTIVE,
    "大班课": RoomType.LECTURE,
    "一对一": RoomType.ONE_TO_ONE,
    "圆桌会议": RoomType.ROUND_TABLE,
    **{str(room_type.value): room_type for room_type in RoomType},
}
RECORD_WORDS = {
    **dict.fromkeys(("", "yes", "是", "true", "录制"), True),
    **dict.fromkeys(("no", "否", "false", "不录制"), False),
}
# What files of before, and of other systems, say: nothing would start such a recording.
BY_HAND_WORDS = frozenset({"manual", "by hand", "recorded by hand", "手动", "手动录制", "手工录制"})
NOT_BY_HAND = _("recording by hand is not offered: yes records the whole class, no records nothing")


def is_by_hand(word: str) -> bool:
    """Return whether a cell asks for a recording that somebody starts in the class."""
    return word.strip().lower() in BY_HAND_WORDS
