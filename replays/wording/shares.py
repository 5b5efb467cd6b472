"""Texts about links, for those who open one."""

from __future__ import annotations

from django.utils.translation import gettext as _

from replays.models import Share


def sharer_text(link: Share) -> str:
    """Say as what somebody shared a replay. Visitors are not told who it was."""
    if link.made_as_student:
        return _("a student of this class")
    if link.created_by_id == link.replay.teacher_id:
        return _("the teacher of this lesson")
    if link.created_by.is_staff:
        return _("a planner of the school")
    return _("a teacher of the school")
