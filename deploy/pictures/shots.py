"""The pictures that there are: whose page each shows, and how one comes there.

Links are followed by their addresses, and by names of the demo that are the same in every language.
"""

from __future__ import annotations

from dataclasses import dataclass

WIDE_PX = 1100
PHONE_PX = 390
PHONE_HEIGHT_PX = 780
WECHAT = (
    "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0"
    " Chrome/130.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.50 Language/zh_CN"
)

STUDENT, TEACHER = "zhangzihan", "lijingyi"
PLANNER, ADMINISTRATOR = "fenglijuan", "hezhiyuan"
RUNNING_LESSON = 'main a:has-text("公开课：古诗诵读")'
READY_REPLAY = 'main a:has-text("故事会")'
LATE_REPLAY = 'main a:has-text("课外阅读")'
TERM = "main h2 a"


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture: `follows` are links that are clicked in turn, from the page at `path` on."""

    name: str
    username: str
    path: str
    follows: tuple[str, ...] = ()
    # A page that is longer shows its top.
    height_px: int = 800
    # Where the picture begins; else at the top of the page.
    begins_at: str = ""
    user_agent: str = ""

    @property
    def is_of_phone(self) -> bool:
        return self.name.endswith("-phone")


SHOTS = (
    Shot("student-week", STUDENT, "/schedule/", height_px=760),
    Shot("student-lesson-phone", STUDENT, "/schedule/", (RUNNING_LESSON,)),
    Shot("student-wechat-phone", STUDENT, "/schedule/", (RUNNING_LESSON,), user_agent=WECHAT),
    Shot("student-replays", STUDENT, "/replays/", height_px=620),
    Shot("student-replay", STUDENT, "/replays/", (READY_REPLAY,)),
    Shot("student-calendar", STUDENT, "/schedule/feed/", height_px=560),
    Shot("student-profile", STUDENT, "/accounts/profile/", height_px=640),
    Shot("teacher-week", TEACHER, "/schedule/", height_px=760),
    Shot("teacher-lesson", TEACHER, "/schedule/", (RUNNING_LESSON,), height_px=1000),
    Shot("teacher-upload", TEACHER, "/courseware/upload/"),
    Shot("teacher-courseware", TEACHER, "/courseware/"),
    Shot("teacher-courseware-file", TEACHER, "/courseware/?state=failed", ("main td a",)),
    Shot("teacher-replay-late", TEACHER, "/replays/", (LATE_REPLAY,)),
    Shot("teacher-share", TEACHER, "/replays/", (READY_REPLAY,), begins_at="#share", height_px=520),
    Shot(
        "teacher-class-group", TEACHER, "/schedule/class-groups/", ("main .card a",), height_px=600
    ),
    Shot("teacher-hours", TEACHER, "/schedule/hours/", height_px=600),
    Shot("planner-today", PLANNER, "/schedule/today/"),
    Shot("planner-matrix", PLANNER, "/schedule/matrix/", height_px=700),
    Shot("planner-bells", PLANNER, "/schedule/terms/", ('main a[href$="/bells/"]',)),
    Shot("planner-days", PLANNER, "/schedule/terms/", (TERM, 'main a[href$="/days/"]')),
    Shot("planner-term", PLANNER, "/schedule/terms/", (TERM,), height_px=760),
    Shot("planner-weekly-file", PLANNER, "/schedule/terms/", (TERM, 'main a[href$="/import/"]')),
    Shot("planner-plan", PLANNER, "/schedule/terms/", (TERM, 'main a[href$="/plan/"]')),
    Shot("planner-lesson", PLANNER, "/schedule/lessons/new/", height_px=1110),
    Shot("planner-import", PLANNER, "/imports/lessons/"),
    Shot("planner-absence", PLANNER, f"/schedule/absences/?teacher={TEACHER}"),
    Shot("planner-robot", PLANNER, "/schedule/channels/new/"),
    Shot("planner-late", PLANNER, "/replays/late/", height_px=640),
    Shot("planner-people", PLANNER, "/imports/people/"),
    Shot("administrator-start", ADMINISTRATOR, "/admin/"),
    Shot("administrator-people", ADMINISTRATOR, "/people/", height_px=640),
    Shot(
        "administrator-settings",
        ADMINISTRATOR,
        "/admin/accounts/schoolsettings/",
        height_px=1000,
    ),
    Shot(
        "administrator-callbacks", ADMINISTRATOR, "/admin/classroom/callbackevent/", height_px=640
    ),
    Shot("administrator-audit", ADMINISTRATOR, "/admin/accounts/auditentry/", height_px=640),
)
