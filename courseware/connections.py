"""What courseware hangs on to in the apps below: connected once, when this app starts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.registry import NoticeWords, register_notice
from classroom import registry
from courseware.handlers import refresh_document
from courseware.panels import lesson_courseware_panel, unready_marks
from courseware.services.course_binding import follow_lessons, follow_rooms
from courseware.services.readiness import UNREADY_NOTICE
from schedule.listeners import register_lesson_listener, register_room_listener
from schedule.marks import register_lesson_marks
from schedule.panels import register_lesson_panel


def connect() -> None:
    registry.register_for_documents(refresh_document)
    register_lesson_listener(follow_lessons)
    register_room_listener(follow_rooms)
    register_lesson_panel(lesson_courseware_panel)
    register_lesson_marks(unready_marks)
    register_notice(
        UNREADY_NOTICE,
        NoticeWords(
            sentence=_(
                "Courseware of your lesson %(lesson)s on %(moment)s is not ready yet: have a look while there is time."
            ),
            way=_("To the lesson"),
        ),
    )
