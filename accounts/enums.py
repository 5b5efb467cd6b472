from __future__ import annotations

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from edu_platform.lib.formatting import listed


class Role(models.TextChoices):
    """The roles of a person in the school; a person has a set of these."""

    STUDENT = "student", _("Student")
    TEACHER = "teacher", _("Teacher")
    SUPERVISOR = "supervisor", _("Supervisor")
    PLANNER = "planner", _("Planner")
    ADMINISTRATOR = "administrator", _("Administrator")


def role_names(roles: Collection[Role]) -> str:
    """The names of the roles in a fixed order; empty when there are none."""
    return listed(role.label for role in Role if role in roles)


def power_names(roles: Collection[Role], *, is_superuser: bool) -> str:
    """The names of the roles, and that somebody is a superuser; empty when they are nothing of it."""
    names = (role_names(roles), gettext("Superuser") if is_superuser else "")
    return listed(name for name in names if name)


# Those who look after the school's data, and so may open the administration.
STAFF_ROLES = frozenset({Role.PLANNER, Role.ADMINISTRATOR})
# Those without power over others: all staff give them (`accounts.permissions.ROLE_GIVERS`).
ORDINARY_ROLES = frozenset({Role.STUDENT, Role.TEACHER})


class IdentityState(models.TextChoices):
    """The state of a person's registration in the classroom cloud."""

    UNREGISTERED = "unregistered", _("Not registered yet")
    REGISTERED = "registered", _("Registered")
    STALE = "stale", _("Changed here, not yet in the cloud")
    FAILED = "failed", _("Failed")


class GrantSource(models.TextChoices):
    """Those who give a person a role: the same take it away."""

    HAND = "hand", _("Given by hand")
    CLAIM = "claim", _("Given by the school's sign-in")


class SignInMethod(models.TextChoices):
    PASSWORD = "password", _("Password")
    OIDC = "oidc", _("OpenID Connect")
    CAS = "cas", _("CAS")
    HANDOVER = "handover", _("Hand-over from the school's site")


class AuditKind(models.TextChoices):
    """Subjects of the audit log."""

    SIGNED_IN = "signed_in", _("Signed in")
    PERSON_CREATED = "person_created", _("Account created")
    PERSON_CHANGED = "person_changed", _("Account changed")
    PERSON_DEACTIVATED = "person_deactivated", _("Account deactivated")
    PERSON_REACTIVATED = "person_reactivated", _("Account activated again")
    ROLES_CHANGED = "roles_changed", _("Roles changed")
    SUPERUSER_CHANGED = "superuser_changed", _("Superuser changed")
    PASSWORD_RESET = "password_reset", _("Start password set")
    PASSWORD_CHANGED = "password_changed", _("Password changed")
    EXTERNAL_ACCOUNT_LINKED = "external_linked", _("External account linked")
    EXTERNAL_ACCOUNT_UNLINKED = "external_unlinked", _("External account unlinked")
    SECOND_FACTOR_ADDED = "second_factor_added", _("Second factor set up")
    SECOND_FACTOR_REMOVED = "second_factor_removed", _("Second factor removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("Recovery codes made")
    SIGN_INS_ENDED = "sign_ins_ended", _("Sign-ins ended")
    PEOPLE_IMPORTED = "people_imported", _("People imported")
    LESSONS_IMPORTED = "lessons_imported", _("Lessons imported")
    WEEKLY_LESSONS_IMPORTED = "weekly_imported", _("Weekly lessons imported")
    PEOPLE_IMPORT_UNDONE = "people_import_undone", _("Import of people undone")
    LESSONS_IMPORT_UNDONE = "lessons_import_undone", _("Import of lessons undone")
    WEEKLY_LESSONS_IMPORT_UNDONE = "weekly_import_undone", _("Import of weekly lessons undone")
    CLASS_GROUP_ADDED = "class_group_added", _("Class group added")
    CLASS_GROUP_CHANGED = "class_group_changed", _("Class group changed")
    CLASS_GROUP_DELETED = "class_group_deleted", _("Class group deleted")
    MEMBERS_CHANGED = "members_changed", _("Members of a class group changed")
    COURSE_ADDED = "course_added", _("Course added")
    COURSE_CHANGED = "course_changed", _("Course changed")
    COURSE_DELETED = "course_deleted", _("Course deleted")
    SCHOOL_CHANGED = "school_changed", _("Name or logo of the school changed")
    ATTENDANCE_CORRECTED = "attendance_corrected", _("Attendance corrected")
    ATTENDANCE_RULES_CHANGED = "attendance_rules_changed", _("Attendance rules of a course changed")
    RECORDING_STARTED = "recording_started", _("Recording by hand started")
    RECORDING_STOPPED = "recording_stopped", _("Recording by hand stopped")
    CLASS_MESSAGED = "class_messaged", _("Message sent into a class")
    CLASS_ENDED = "class_ended", _("Class ended by the office")
    ALARM_TAKEN = "alarm_taken", _("Alarm of a class taken")
    DUTY_CHANGED = "duty_changed", _("Hours on duty changed")
    WALL_MADE = "wall_made", _("Address of the wall screen made")
    WALL_ENDED = "wall_ended", _("Address of the wall screen ended")
    DATA_EXPORTED = "data_exported", _("Own data downloaded")
    ERASURE_ASKED = "erasure_asked", _("Erasure asked for")
    ERASURE_WITHDRAWN = "erasure_withdrawn", _("Request for an erasure withdrawn")
    PERSON_ERASED = "person_erased", _("Person erased")
    KEEPING_TIMES_CHANGED = "keeping_times_changed", _("Keeping times changed")
    CONSENT_TEXT_CHANGED = "consent_text_changed", _("Text of the consent to recordings changed")
    CONSENT_GIVEN = "consent_given", _("Consent to recordings given")
    CONSENT_WITHDRAWN = "consent_withdrawn", _("Consent to recordings withdrawn")
    SCHOOL_YEAR_BEGUN = "school_year_begun", _("New school year begun")
    SCHOOL_YEAR_UNDONE = "school_year_undone", _("Beginning of a school year undone")
    INCIDENT_NOTED = "incident_noted", _("Incident with personal data noted")
    INCIDENT_CHANGED = "incident_changed", _("Incident with personal data changed")
    FAMILY_LINK_MADE = "family_link_made", _("Family link made")
    FAMILY_LINK_ENDED = "family_link_ended", _("Family link ended")
    FAMILY_SLIPS_PRINTED = "family_slips_printed", _("Family links of a class group printed")
    GUEST_INVITED = "guest_invited", _("Guest invited to a lesson")
    GUEST_ENDED = "guest_ended", _("Guest of a lesson sent away")
    # What `accounts.admin_log` alone writes.
    OBJECT_ADDED = "object_added", _("Added in the administration")
    OBJECT_CHANGED = "object_changed", _("Changed in the administration")
    OBJECT_DELETED = "object_deleted", _("Deleted in the administration")
    ACTION_RUN = "action_run", _("Action of the administration")


class PasswordState(models.TextChoices):
    NONE = "none", _("none yet")
    START = "start", _("start password")
    OWN = "own", _("own password")


class PasswordRefusal(models.TextChoices):
    """The reasons for which somebody gets no start password from the person who asks."""

    DEACTIVATED = "deactivated", _("the account is deactivated")
    POWER = (
        "power",
        _(
            "has another role than student or teacher: done on their own page, by who may appoint them"
        ),
    )
    NOT_ONLY_STUDENT = "not_only_student", _("is not a student alone: a planner does this")


class MailPurpose(models.TextChoices):
    """The reason why somebody who is not signed in is sent a mail."""

    NEW_PASSWORD = "new_password", _("new password")


class LinkMail(models.TextChoices):
    """Outcomes of a mail with a link to set a new password."""

    SENT = "sent", _("Sent")
    LIMITED = "limited", _("Not sent: too many lately")
    FAILED = "failed", _("Not sent: the mail server did not take it")


class ErasureState(models.TextChoices):
    """Say how far the erasing of a person is."""

    ASKED = "asked", _("to be confirmed")
    WITHDRAWN = "withdrawn", _("withdrawn")
    UNDER_WAY = "under_way", _("under way")
    ERASED = "erased", _("erased")


class ErasureStep(models.TextChoices):
    """Say what is done next of an erasure that is under way."""

    CLOUD = "cloud", _("the classroom cloud deletes the person")
    HERE = "here", _("names, ways to sign in and files go here")
    CHECK = "check", _("everything is looked through once more")
