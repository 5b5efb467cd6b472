"""Texts of the notices about courseware, by kind."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.notice_kinds import NoticeWords

UNREADY_NOTICE = "courseware.unready"
# The same, where it is more than one file.
SEVERAL_UNREADY_NOTICE = "courseware.unready_several"
FAILED_NOTICE = "courseware.failed"
VERSION_FAILED_NOTICE = "courseware.version_failed"

NOTICES = {
    UNREADY_NOTICE: NoticeWords(
        sentence=_(
            "Courseware of your lesson %(lesson)s on %(moment)s is not ready yet: %(name)s. Have a look while there is time."
        ),
        way=_("To the lesson"),
    ),
    SEVERAL_UNREADY_NOTICE: NoticeWords(
        sentence=_(
            "Courseware of your lesson %(lesson)s on %(moment)s is not ready yet: %(name)s, and %(more)s more. Have a look while there is time."
        ),
        way=_("To the lesson"),
    ),
    FAILED_NOTICE: NoticeWords(
        sentence=_(
            "Your courseware %(name)s is not ready for class: transcoding failed, or is late. See why, and what can be done."
        ),
        way=_("To the courseware"),
    ),
    VERSION_FAILED_NOTICE: NoticeWords(
        sentence=_(
            "The newer version of your courseware %(name)s is not ready: transcoding failed, or is late. The version before stays. See why, and what can be done."
        ),
        way=_("To the courseware"),
    ),
}
