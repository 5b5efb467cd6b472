"""What courseware hangs on to in the apps below: connected once, when this app starts."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.registry import NoticeWords, register_notice
from classroom import registry
from courseware.handlers import refresh_document
from courseware.panels import (
    lesson_courseware_link,
    lesson_courseware_panel,
    unready_marks,
)
from courseware.services.course_binding import follow_lessons, follow_rooms
from courseware.services.readiness import (
    FAILED_NOTICE,
    SEVERAL_UNREADY_NOTICE,
    UNREADY_NOTICE,
)
from schedule.lesson_links import register_lesson_link
from schedule.listeners import register_lesson_listener, register_room_listener
from schedule.marks import register_lesson_marks
from schedule.panels import register_lesson_panel


def connect() -> None:
    registry.register_for_documents(refresh_document)
    register_lesson_listener(follow_lessons)
    register_room_listener(follow_rooms)
    register_lesson_link(lesson_courseware_link)
    register_lesson_panel(lesson_courseware_panel)
    register_lesson_marks(unready_marks)
    _register_notices()


def _register_notices() -> None:
    register_notice(
        UNREADY_NOTICE,
        NoticeWords(
            sentence=_(
                "Courseware of your lesson %(lesson)s on %(moment)s is not ready yet: %(name)s. Have a look while there is time."
            ),
            way=_("To the lesson"),
        ),
    )
    register_notice(
        SEVERAL_UNREADY_NOTICE,
        NoticeWords(
            sentence=_(
                "Courseware of your lesson %(lesson)s on %(moment)s is not ready yet: %(name)s, and %(more)s more. Have a look while there is time."
            ),
            way=_("To the lesson"),
        ),
    )
    register_notice(
        FAILED_NOTICE,
        NoticeWords(
            sentence=_(
                "Your courseware %(name)s is not ready for class: the cloud failed on it, or is late with it. See why, and what can be done."
            ),
            way=_("To the courseware"),
        ),
    )
