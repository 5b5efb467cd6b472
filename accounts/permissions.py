"""Who may do what, as data: an action by the relation of a person to the object.

Each app's `access.py` finds the relations; nothing else decides. `Relation.ANYBODY` is everyone
who is signed in, `Relation.VISITOR` one who is not.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

# The apps whose models planners look after, beside administrators.
PLANNER_APPS = frozenset({"accounts", "schedule", "replays", "courseware"})
# For administrators only: settings of the whole school.
ADMINISTRATOR_MODELS = frozenset({"schoolsettings"})
# Models that hand out power: only superusers have rights on them. The last six are doors into an
# account: adding a mail address to a superuser's account lets one reset their password.
SUPERUSER_MODELS = frozenset(
    {
        *("permission", "group", "contenttype", "session", "rolegrant"),
        *("emailaddress", "emailconfirmation"),
        *("socialaccount", "socialapp", "socialtoken", "authenticator"),
        *("externalaccount", "usedticket", "auditentry"),
    }
)


class Relation(StrEnum):
    VISITOR = "visitor"
    ANYBODY = "anybody"
    STUDENT = "student"  # of the lesson: in one of its class groups on its day
    DOWNLOADER = "downloader"  # a student of a lesson whose replay students may download
    LESSON_TEACHER = "lesson_teacher"
    ASSISTANT = "assistant"
    SUPERVISOR = "supervisor"
    STAFF = "staff"
    TEACHER = "teacher"  # by role, whatever they teach
    COURSEWARE_OWNER = "courseware_owner"
    COLLEAGUE = "colleague"  # a teacher, of courseware that is for all teachers of the school
    RELEASED = "released"  # a student of a lesson whose teacher gave the courseware to its students


class Action(StrEnum):
    SIGN_IN = "sign_in"
    USE_PLATFORM = "use_platform"
    SEE_LESSON = "see_lesson"
    SEE_DRAFT = "see_draft"
    ENTER_LESSON = "enter_lesson"
    SEE_ANY_TIMETABLE = "see_any_timetable"
    OPEN_ANOTHER_ROOM = "open_another_room"
    ADMINISTER = "administer"
    SEE_REPLAY = "see_replay"
    SEE_ALL_REPLAYS = "see_all_replays"
    DOWNLOAD_REPLAY = "download_replay"
    SHARE_REPLAY = "share_replay"
    SEE_ALL_LINKS = "see_all_links"
    DELETE_REPLAY = "delete_replay"
    ASK_CLOUD = "ask_cloud"
    SEE_HISTORY = "see_history"
    SEE_LATE_REPLAYS = "see_late_replays"
    EXPORT_REPLAYS = "export_replays"
    SEE_COURSEWARE = "see_courseware"
    SEE_ALL_COURSEWARE = "see_all_courseware"
    DOWNLOAD_COURSEWARE = "download_courseware"
    CHANGE_COURSEWARE = "change_courseware"
    UPLOAD_COURSEWARE = "upload_courseware"
    BIND_COURSEWARE = "bind_courseware"
    CHOOSE_COURSEWARE = "choose_courseware"
    BIND_FOR_ALL_TEACHERS = "bind_for_all_teachers"
    SEE_LESSON_COURSEWARE = "see_lesson_courseware"
    SEE_READINESS = "see_readiness"


PERMISSIONS: dict[Action, frozenset[Relation]] = {
    Action.SIGN_IN: frozenset({Relation.VISITOR, Relation.ANYBODY}),
    Action.USE_PLATFORM: frozenset({Relation.ANYBODY}),
    Action.SEE_LESSON: frozenset(
        {
            Relation.STUDENT,
            Relation.LESSON_TEACHER,
            Relation.ASSISTANT,
            Relation.SUPERVISOR,
            Relation.STAFF,
        }
    ),
    Action.SEE_DRAFT: frozenset({Relation.STAFF}),
    # Staff enter only as the supervisors that some of them also are.
    Action.ENTER_LESSON: frozenset(
        {Relation.STUDENT, Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.SUPERVISOR}
    ),
    Action.SEE_ANY_TIMETABLE: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    Action.OPEN_ANOTHER_ROOM: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    Action.ADMINISTER: frozenset({Relation.STAFF}),
    Action.SEE_REPLAY: frozenset(
        {
            Relation.STUDENT,
            Relation.LESSON_TEACHER,
            Relation.ASSISTANT,
            Relation.SUPERVISOR,
            Relation.STAFF,
        }
    ),
    Action.SEE_ALL_REPLAYS: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    Action.DOWNLOAD_REPLAY: frozenset(
        {Relation.DOWNLOADER, Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.STAFF}
    ),
    Action.SHARE_REPLAY: frozenset({Relation.DOWNLOADER, Relation.LESSON_TEACHER, Relation.STAFF}),
    # All links to a replay, and revoking them; others only have their own.
    Action.SEE_ALL_LINKS: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    Action.DELETE_REPLAY: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    Action.ASK_CLOUD: frozenset({Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.STAFF}),
    Action.SEE_HISTORY: frozenset(
        {Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.SUPERVISOR, Relation.STAFF}
    ),
    Action.SEE_LATE_REPLAYS: frozenset({Relation.STAFF}),
    Action.EXPORT_REPLAYS: frozenset({Relation.STAFF}),
    Action.SEE_COURSEWARE: frozenset(
        {
            Relation.COURSEWARE_OWNER,
            Relation.COLLEAGUE,
            Relation.LESSON_TEACHER,
            Relation.ASSISTANT,
            Relation.RELEASED,
            Relation.SUPERVISOR,
            Relation.STAFF,
        }
    ),
    Action.SEE_ALL_COURSEWARE: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    Action.DOWNLOAD_COURSEWARE: frozenset(
        {
            Relation.COURSEWARE_OWNER,
            Relation.COLLEAGUE,
            Relation.LESSON_TEACHER,
            Relation.ASSISTANT,
            Relation.RELEASED,
            Relation.STAFF,
        }
    ),
    Action.CHANGE_COURSEWARE: frozenset({Relation.COURSEWARE_OWNER, Relation.STAFF}),
    Action.UPLOAD_COURSEWARE: frozenset({Relation.TEACHER, Relation.STAFF}),
    # Here the relations are those to the lesson.
    Action.BIND_COURSEWARE: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    # For a lesson of theirs.
    Action.CHOOSE_COURSEWARE: frozenset(
        {Relation.COURSEWARE_OWNER, Relation.COLLEAGUE, Relation.STAFF}
    ),
    # In all lessons of a course, those of other teachers too.
    Action.BIND_FOR_ALL_TEACHERS: frozenset({Relation.STAFF}),
    # All of a lesson's courseware; its students see what was released to them.
    Action.SEE_LESSON_COURSEWARE: frozenset(
        {Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.SUPERVISOR, Relation.STAFF}
    ),
    Action.SEE_READINESS: frozenset({Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.STAFF}),
}


def may(action: Action, relations: Collection[Relation]) -> bool:
    return not PERMISSIONS[action].isdisjoint(relations)
