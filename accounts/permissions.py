"""Permissions as data: models by role, and an action by the relation of a person to the object.

Each app's `access.py` finds the relations; nothing else decides. `Relation.ANYBODY` is everyone
who is signed in, `Relation.VISITOR` one who is not.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from accounts.enums import Role

# --- Models in the administration ---------------------------------------------------------------
# Each installed model stands in exactly one of three lists; superusers have the rights on all.

_STAFF = frozenset({Role.PLANNER, Role.ADMINISTRATOR})
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

# Who adds, changes and deletes, as far as the model's page lets anybody; they read as well.
EDITED_MODELS: dict[str, frozenset[Role]] = {
    "accounts.classroomidentity": _STAFF,
    "accounts.externalaccount": _STAFF,
    "accounts.schoolsettings": _ADMINISTRATORS,
    "accounts.user": _STAFF,
    "classroom.callbackevent": _ADMINISTRATORS,
    "courseware.courseware": _STAFF,
    "courseware.upload": _STAFF,
    "replays.replay": _STAFF,
    "replays.retention": _STAFF,
    "replays.share": _STAFF,
    "schedule.room": _STAFF,
}
READ_MODELS: dict[str, frozenset[Role]] = {
    "accounts.auditentry": _ADMINISTRATORS,
    "courseware.binding": _STAFF,
    "edu_platform.backup": _ADMINISTRATORS,
    "replays.replayevent": _STAFF,
    "replays.replayfile": _STAFF,
}
# What hands out power, leads into somebody's account, or is the platform's own bookkeeping.
CLOSED_MODELS = frozenset(
    {
        # An address in a superuser's account lets one reset their password.
        *("account.emailaddress", "account.emailconfirmation"),
        *("accounts.discardedidentity", "accounts.notice"),
        # It has a page of its own.
        "accounts.keepingtime",
        # Erasing people has pages of its own.
        *("accounts.erasure", "accounts.erasureplace", "accounts.erasedcloudid"),
        *("accounts.requestedmail", "accounts.rolegrant"),
        *("accounts.session", "accounts.usedticket"),
        # It has pages of its own, for administrators.
        "accounts.incident",
        # Attendance has pages of its own.
        *("attendance.courserules", "attendance.lessonattendance"),
        *("attendance.personattendance", "attendance.correction"),
        *("attendance.roomstatistics", "attendance.memberrecord", "attendance.stay"),
        *("attendance.roompresence", "attendance.lessonwatch", "attendance.alarm"),
        *("attendance.dutyhours", "attendance.walladdress"),
        "admin.logentry",
        *("auth.group", "auth.permission"),
        *("axes.accessattempt", "axes.accessattemptexpiration"),
        *("axes.accessfailurelog", "axes.accesslog"),
        "contenttypes.contenttype",
        "edu_platform.heartbeat",
        *("courseware.coursebinding", "courseware.discardeddocument"),
        *("courseware.submission", "courseware.tag", "courseware.uploadpart"),
        "mfa.authenticator",
        *("replays.playbackuse", "replays.progress", "replays.replaypurge"),
        "replays.watchquestion",
        *("schedule.checkedfile", "schedule.checkedrows", "schedule.lastentry"),
        # Imports have pages of their own.
        *("schedule.importedfile", "schedule.importedperson", "schedule.importedweeklylesson"),
        "schedule.calendarfeed",
        "schedule.deletedlesson",
        # Who has the address of a channel writes into a group.
        *("schedule.channel", "schedule.channelmessage"),
        "schedule.occupation",
        # Planners have pages of their own for these.
        *("schedule.classgroup", "schedule.membership", "schedule.course"),
        "schedule.schoolyear",
        *("schedule.lesson", "schedule.lessonchange", "schedule.planningaction"),
        *("schedule.term", "schedule.termday", "schedule.belltime"),
        *("schedule.weeklylesson", "schedule.weeklylessonassistant"),
        *("schedule.weeklylessonclassgroup", "schedule.plannedlesson", "schedule.fetname"),
        *("schedule.roompolling", "schedule.roomrequest", "schedule.substitution"),
        *("schedule.manualrecording", "schedule.roommarquee"),
        *("schedule.belllist", "schedule.belllistclassgroup", "schedule.belllisttime"),
        *("schedule.partdayoff", "schedule.partdayoffclassgroup", "schedule.changefromday"),
        # Families, guests and consents to recordings have pages of their own.
        *("schedule.familylink", "schedule.familychild", "schedule.familyaddress"),
        *("schedule.familyslips", "schedule.guest", "schedule.consent", "schedule.consenttext"),
        # It has a page of its own, for whoever asked for it and for staff.
        "schedule.work",
        "sessions.session",
        *("socialaccount.socialaccount", "socialaccount.socialapp", "socialaccount.socialtoken"),
    }
)


def may_use_model(roles: Collection[Role], label: str, *, reads_only: bool) -> bool:
    """Tell whether people with these roles may read, or else edit, a model (`app.model`).

    What is in no list is closed.
    """
    allowed = EDITED_MODELS.get(label, frozenset())
    if reads_only:
        allowed |= READ_MODELS.get(label, frozenset())
    return not allowed.isdisjoint(roles)


def may_open_app(roles: Collection[Role], app_label: str) -> bool:
    """Tell whether people with these roles may read any model of the app."""
    labels = (*EDITED_MODELS, *READ_MODELS)
    of_app = [label for label in labels if label.partition(".")[0] == app_label]
    return any(may_use_model(roles, label, reads_only=True) for label in of_app)


# --- Roles that people give -----------------------------------------------------------------------

# Those who give and take each role, as far as they may look after the person at all
# (`accounts.services.appointing`). Superusers give and take every one, and nobody else an administrator's.
ROLE_GIVERS: dict[Role, frozenset[Role]] = {
    Role.STUDENT: _STAFF,
    Role.TEACHER: _STAFF,
    Role.SUPERVISOR: _ADMINISTRATORS,
    Role.PLANNER: _ADMINISTRATORS,
    Role.ADMINISTRATOR: frozenset(),
}


def roles_given_by(roles: Collection[Role]) -> frozenset[Role]:
    """Return the roles that people with these roles may give and take, superusers apart."""
    return frozenset(role for role, givers in ROLE_GIVERS.items() if not givers.isdisjoint(roles))


# --- Actions in the platform --------------------------------------------------------------------


class Relation(StrEnum):
    VISITOR = "visitor"
    ANYBODY = "anybody"
    STUDENT = "student"  # of the lesson: in one of its class groups on its day
    DOWNLOADER = "downloader"  # a student of a lesson whose replay students may download
    LESSON_TEACHER = "lesson_teacher"
    ASSISTANT = "assistant"
    SUPERVISOR = "supervisor"
    STAFF = "staff"
    ADMINISTRATOR = "administrator"  # of the staff, and superusers
    CLASS_TEACHER = "class_teacher"  # of the class group, today
    TEACHER = "teacher"  # by role, whatever they teach
    TIMETABLE_READER = (
        "timetable_reader"  # a teacher, where the school shows them all its timetable
    )
    COURSEWARE_OWNER = "courseware_owner"
    COLLEAGUE = "colleague"  # a teacher, of courseware that is for all teachers of the school
    FAMILY = "family"  # a browser that opened a family link, of the children of that link
    GUEST = "guest"  # who comes by the address of a guest, of the one lesson
    RELEASED = "released"  # a student of a lesson whose teacher gave the courseware to its students


class Action(StrEnum):
    SIGN_IN = "sign_in"
    USE_PLATFORM = "use_platform"
    SEE_LESSON = "see_lesson"
    SEE_DRAFT = "see_draft"
    SEE_PLANNERS = "see_planners"
    ENTER_LESSON = "enter_lesson"
    SEE_ANY_TIMETABLE = "see_any_timetable"
    SEE_MATRIX = "see_matrix"
    SEE_SCHOOL_DAY = "see_school_day"
    SEE_HOURS = "see_hours"
    SEE_ALL_HOURS = "see_all_hours"
    OPEN_ANOTHER_ROOM = "open_another_room"
    PLAN_LESSONS = "plan_lessons"
    ADMINISTER = "administer"
    SET_UP_SCHOOL = "set_up_school"
    SET_KEEPING_TIMES = "set_keeping_times"
    MANAGE_PEOPLE = "manage_people"
    NOTE_CONSENT = "note_consent"
    PUBLISH_CONSENT_TEXT = "publish_consent_text"
    SEE_MISSING_CONSENT = "see_missing_consent"
    ERASE_PEOPLE = "erase_people"
    MANAGE_CHANNELS = "manage_channels"
    RESET_START_PASSWORD = "reset_start_password"  # noqa: S105 -- no password
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
    SEE_RECORDING_COSTS = "see_recording_costs"
    SEE_COURSEWARE = "see_courseware"
    SEE_ALL_COURSEWARE = "see_all_courseware"
    DOWNLOAD_COURSEWARE = "download_courseware"
    CHANGE_COURSEWARE = "change_courseware"
    REPLACE_COURSEWARE = "replace_courseware"
    UPLOAD_COURSEWARE = "upload_courseware"
    BIND_COURSEWARE = "bind_courseware"
    CHOOSE_COURSEWARE = "choose_courseware"
    BIND_FOR_ALL_TEACHERS = "bind_for_all_teachers"
    SEE_LESSON_COURSEWARE = "see_lesson_courseware"
    SEE_READINESS = "see_readiness"
    SEE_ATTENDANCE = "see_attendance"
    CORRECT_ATTENDANCE = "correct_attendance"
    SEE_CLASS_ATTENDANCE = "see_class_attendance"
    EXPORT_ATTENDANCE = "export_attendance"
    SET_ATTENDANCE_RULES = "set_attendance_rules"
    SEE_MISSING_ATTENDANCE = "see_missing_attendance"
    SEE_RUNNING_CLASSES = "see_running_classes"
    RECORD_BY_HAND = "record_by_hand"
    MESSAGE_CLASS = "message_class"
    END_CLASS = "end_class"
    TAKE_ALARM = "take_alarm"
    SET_DUTY = "set_duty"
    MANAGE_WALL = "manage_wall"
    SEE_CLASS_STARTS = "see_class_starts"
    NOTE_INCIDENTS = "note_incidents"
    SEE_PRIVACY_REPORT = "see_privacy_report"
    MANAGE_FAMILY_LINKS = "manage_family_links"
    SEE_CHILD = "see_child"
    WATCH_AS_FAMILY = "watch_as_family"
    INVITE_GUEST = "invite_guest"
    FORGET_GUEST = "forget_guest"
    ENTER_AS_GUEST = "enter_as_guest"


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
    # Who of the school planned and changed a lesson.
    Action.SEE_PLANNERS: frozenset({Relation.STAFF}),
    # Staff enter only as the supervisors that some of them also are.
    Action.ENTER_LESSON: frozenset(
        {Relation.STUDENT, Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.SUPERVISOR}
    ),
    Action.SEE_ANY_TIMETABLE: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    # The timetable of all class groups and teachers in one table; teachers arrange swaps by it.
    Action.SEE_MATRIX: frozenset({Relation.TIMETABLE_READER, Relation.SUPERVISOR, Relation.STAFF}),
    Action.SEE_SCHOOL_DAY: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    # A teacher's own.
    Action.SEE_HOURS: frozenset({Relation.TEACHER, Relation.SUPERVISOR, Relation.STAFF}),
    Action.SEE_ALL_HOURS: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    Action.OPEN_ANOTHER_ROOM: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    # Making, changing, publishing, cancelling, restoring and deleting them.
    Action.PLAN_LESSONS: frozenset({Relation.STAFF}),
    Action.ADMINISTER: frozenset({Relation.STAFF}),
    # Its name and logo, and its connection to the cloud.
    Action.SET_UP_SCHOOL: frozenset({Relation.ADMINISTRATOR}),
    # For how long each kind of data is kept.
    Action.SET_KEEPING_TIMES: frozenset({Relation.ADMINISTRATOR}),
    # People, their class groups, and files of them.
    Action.MANAGE_PEOPLE: frozenset({Relation.STAFF}),
    # Consent to recordings, of the students of a class group: read, noted from paper, withdrawn.
    Action.NOTE_CONSENT: frozenset({Relation.CLASS_TEACHER, Relation.STAFF}),
    # The text that they agree to.
    Action.PUBLISH_CONSENT_TEXT: frozenset({Relation.ADMINISTRATOR}),
    # Its page, and its attendance, name the students of a lesson who have not agreed.
    Action.SEE_MISSING_CONSENT: frozenset(
        {Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.CLASS_TEACHER, Relation.STAFF}
    ),
    # Asking for it, and confirming what another has asked for.
    Action.ERASE_PEOPLE: frozenset({Relation.ADMINISTRATOR}),
    Action.MANAGE_CHANNELS: frozenset({Relation.STAFF}),
    # For the students of a class group, on its page; staff do it in the administration.
    Action.RESET_START_PASSWORD: frozenset({Relation.CLASS_TEACHER}),
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
    Action.SEE_RECORDING_COSTS: frozenset({Relation.STAFF}),
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
    # By a newer version.
    Action.REPLACE_COURSEWARE: frozenset({Relation.COURSEWARE_OWNER, Relation.STAFF}),
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
    # Everybody in a lesson; students see their own.
    Action.SEE_ATTENDANCE: frozenset(
        {
            Relation.LESSON_TEACHER,
            Relation.ASSISTANT,
            Relation.CLASS_TEACHER,
            Relation.SUPERVISOR,
            Relation.STAFF,
        }
    ),
    # Teacher and class teacher for some days (`attendance.corrections`), staff always.
    Action.CORRECT_ATTENDANCE: frozenset(
        {Relation.LESSON_TEACHER, Relation.CLASS_TEACHER, Relation.STAFF}
    ),
    # A class group, and each of its students, over a term.
    Action.SEE_CLASS_ATTENDANCE: frozenset(
        {Relation.CLASS_TEACHER, Relation.SUPERVISOR, Relation.STAFF}
    ),
    Action.EXPORT_ATTENDANCE: frozenset({Relation.STAFF}),
    Action.SET_ATTENDANCE_RULES: frozenset({Relation.STAFF}),
    # The list of classes of which it has not come.
    Action.SEE_MISSING_ATTENDANCE: frozenset({Relation.STAFF}),
    # The board of the classes of this hour.
    Action.SEE_RUNNING_CLASSES: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    Action.RECORD_BY_HAND: frozenset({Relation.LESSON_TEACHER, Relation.ASSISTANT, Relation.STAFF}),
    # Everybody in the class reads it.
    Action.MESSAGE_CLASS: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    # One that runs over its end.
    Action.END_CLASS: frozenset({Relation.STAFF}),
    Action.TAKE_ALARM: frozenset({Relation.STAFF}),
    # Who is told of alarms, and when.
    Action.SET_DUTY: frozenset({Relation.STAFF}),
    # The address of a screen in the office, which shows the board without names.
    Action.MANAGE_WALL: frozenset({Relation.ADMINISTRATOR}),
    # How often and how late classes start.
    Action.SEE_CLASS_STARTS: frozenset({Relation.SUPERVISOR, Relation.STAFF}),
    # What went wrong with personal data, which the yearly report lists.
    Action.NOTE_INCIDENTS: frozenset({Relation.ADMINISTRATOR}),
    # What is kept of people in the school, and what was done with it in a year.
    Action.SEE_PRIVACY_REPORT: frozenset({Relation.ADMINISTRATOR}),
    # The class teacher of a student may, where all children of the link are in their class groups.
    Action.MANAGE_FAMILY_LINKS: frozenset({Relation.CLASS_TEACHER, Relation.STAFF}),
    Action.SEE_CHILD: frozenset({Relation.FAMILY}),
    # A replay, where the school and the lesson let families watch.
    Action.WATCH_AS_FAMILY: frozenset({Relation.FAMILY}),
    # Into a lesson, for that lesson alone.
    Action.INVITE_GUEST: frozenset({Relation.LESSON_TEACHER, Relation.STAFF}),
    # Because a guest asks for it, sooner than their name goes by itself.
    Action.FORGET_GUEST: frozenset({Relation.STAFF}),
    Action.ENTER_AS_GUEST: frozenset({Relation.GUEST}),
}


def may(action: Action, relations: Collection[Relation]) -> bool:
    return not PERMISSIONS[action].isdisjoint(relations)
