"""The choices of room type and recording that planners have, as forms show them and as people type them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

from django import forms
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.form_renderer import KeptSelect
from schedule.enums import RoomType


class TimetableForm(forms.Form):
    """The choice of a week, for those who may look at everybody's. `access` reads what was chosen."""

    teacher = forms.CharField(label=_("Teacher"), required=False, widget=KeptSelect)
    class_group = forms.CharField(label=_("Class group"), required=False, widget=KeptSelect)

    def __init__(
        self,
        address: Mapping[str, object],
        teachers: Iterable[tuple[str, str]],
        class_groups: Iterable[str],
    ) -> None:
        """Offer these teachers, by username and label, and class groups, by name."""
        super().__init__(address)
        self.offer("teacher", teachers)
        self.offer("class_group", [(name, name) for name in class_groups])

    def offer(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        """Set the choices of a field, before which stands that it does not matter."""
        cast("KeptSelect", self.fields[name].widget).offer([("", _("Any")), *choices])


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
# Forms offer it; in files, which say yes or no alone, it is refused in words of its own.
BY_HAND_WORDS = frozenset({"manual", "by hand", "recorded by hand", "手动", "手动录制", "手工录制"})
NOT_BY_HAND = _(
    "a file cannot ask for recording by hand: say yes or no here, then choose it in the form of the lesson"
)


def is_by_hand(word: str) -> bool:
    """Return whether a cell asks for a recording that somebody starts in the class."""
    return word.strip().lower() in BY_HAND_WORDS
