"""The sections that explain the pages of the platform, and to whom.

The sections are named by their anchors, which are the same in every language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User

# The pages that somebody with a role reads, their own first; of several roles the first one here counts.
PAGES_OF_ROLE: dict[Role, tuple[str, ...]] = {
    Role.ADMINISTRATOR: ("administrator", "planner", "teacher"),
    Role.PLANNER: ("planner", "administrator", "teacher"),
    Role.TEACHER: ("teacher",),
    Role.SUPERVISOR: ("teacher",),
    Role.STUDENT: ("student",),
}
PAGES_OF_VISITORS = ("student",)

# The section of each help page that explains a page of the platform, by the name of its route.
TOPICS: dict[str, dict[str, str]] = {
    "student": {
        "account_login": "sign-in",
        "account_inactive": "sign-in",
        "account_signup": "sign-in",
        # These show a page only when they refuse.
        "openid_connect_callback": "sign-in",
        "openid_connect_login": "sign-in",
        "cas_callback": "sign-in",
        "cas_login": "sign-in",
        "handover": "sign-in",
        "account_reset_password": "password",
        "account_reset_password_done": "password",
        "account_reset_password_from_key": "password",
        "account_change_password": "password",
        "account_set_password": "password",
        "profile": "profile",
        "own_data": "data",
        "own_data_file": "data",
        "mfa_index": "second-factor",
        "mfa_activate_totp": "second-factor",
        "mfa_authenticate": "second-factor",
        "mfa_view_recovery_codes": "second-factor",
        "mfa_generate_recovery_codes": "second-factor",
        "mfa_deactivate_totp": "second-factor",
        "mfa_reauthenticate": "second-factor",
        "second_factor_again": "second-factor",
        "second_factor_go_on": "second-factor",
        "account_reauthenticate": "second-factor",
        "own_consent:consent": "consent",
        "own_consent:withdraw": "consent",
        "own_consent:print": "consent",
        "notices": "notices",
        "schedule:this_week": "timetable",
        "schedule:week": "timetable",
        "schedule:timetable_change": "notices",
        "schedule:lesson": "enter",
        "schedule:enter": "refused",
        "schedule:after_class": "after-class",
        "schedule:feed": "calendar",
        "replays:list": "replays",
        "replays:detail": "replays",
        "replays:play": "missing",
        "replays:download": "wechat",
        "courseware:list": "courseware",
        "courseware:detail": "courseware",
        "courseware:preview": "courseware",
        "attendance:own": "attendance",
    },
    "teacher": {
        "account_change_password": "profile",
        "account_set_password": "profile",
        "profile": "profile",
        "own_data": "profile",
        "own_data_file": "profile",
        "mfa_index": "second-factor",
        "mfa_activate_totp": "second-factor",
        "mfa_authenticate": "second-factor",
        "mfa_view_recovery_codes": "second-factor",
        "mfa_generate_recovery_codes": "second-factor",
        "mfa_deactivate_totp": "second-factor",
        "mfa_reauthenticate": "second-factor",
        "second_factor_again": "second-factor",
        "second_factor_go_on": "second-factor",
        "account_reauthenticate": "second-factor",
        "notices": "notices",
        "schedule:this_week": "timetable",
        "schedule:week": "timetable",
        "schedule:timetable_change": "notices",
        "schedule:matrix": "matrix",
        "schedule:matrix_day": "matrix",
        "schedule:matrix_print": "matrix",
        "schedule:matrix_print_day": "matrix",
        "schedule:today": "supervisor",
        "schedule:print_weeks": "supervisor",
        "attendance:now": "now",
        "attendance:message": "now",
        "schedule:lesson": "lesson",
        "schedule:enter": "refused",
        "schedule:reopen": "reopen",
        "schedule:lesson_record": "by-hand",
        "schedule:lesson_guests": "guests",
        "schedule:guest_end": "guests",
        "schedule:guest_forget": "guests",
        "schedule:after_class": "after-class",
        "schedule:feed": "calendar",
        "schedule:hours": "hours",
        "attendance:class_starts": "supervisor",
        "attendance:own": "attendance",
        "attendance:person": "attendance",
        "attendance:class_group": "attendance",
        "attendance:class_group_print": "attendance",
        "attendance:lesson": "lesson-attendance",
        "schedule:class_groups": "class-groups",
        "schedule:class_group": "class-groups",
        "schedule:class_group_start_passwords": "class-groups",
        "schedule:class_group_consents": "consents",
        "schedule:class_group_consent_slips": "consents",
        "schedule:class_group_consents_remind": "consents",
        "family_links:links": "families",
        "family_links:own_slips": "families",
        "family_links:sheets": "families",
        "replays:list": "replays",
        "replays:detail": "replays",
        "replays:play": "missing",
        "replays:share": "share",
        "replays:delete": "delete",
        "replays:delete_many": "delete",
        "courseware:list": "states",
        "courseware:detail": "states",
        "courseware:preview": "states",
        "courseware:upload": "upload",
        "courseware:replace": "replace-courseware",
        "courseware:delete": "delete-courseware",
        "courseware:lesson": "bind",
    },
    "planner": {
        "start:start": "first-hour",
        "schedule:today": "today",
        "attendance:now": "now",
        "attendance:message": "now",
        "attendance:end_class": "now",
        "schedule:matrix": "matrix",
        "schedule:matrix_day": "matrix",
        "schedule:matrix_print": "matrix",
        "schedule:matrix_print_day": "matrix",
        "schedule:print_weeks": "print",
        "schedule:terms": "terms",
        "schedule:term_new": "terms",
        "schedule:term_change": "terms",
        "schedule:term_delete": "terms",
        "schedule:term_copy": "weekly",
        "schedule:term": "weekly",
        "schedule:term_bells": "bells",
        "schedule:bell_list_new": "bells",
        "schedule:bell_list_change": "bells",
        "schedule:bell_list_delete": "bells",
        "schedule:term_days": "days",
        "schedule:term_day": "days",
        "schedule:term_days_off": "days",
        "schedule:term_day_off": "days",
        "schedule:term_day_off_delete": "days",
        "schedule:weekly_grid": "grid",
        "schedule:weekly_lesson_new": "weekly",
        "schedule:weekly_lesson_change": "weekly",
        "schedule:weekly_lesson_delete": "weekly",
        "schedule:weekly_lessons_import": "weekly-file",
        "schedule:fet_import": "weekly-file",
        "schedule:term_plan": "plan",
        "schedule:term_from": "from-day",
        "schedule:term_from_undo": "from-day",
        "schedule:work": "long-work",
        "schedule:term_conflicts": "conflicts",
        "schedule:conflicts": "conflicts",
        "schedule:lesson_new": "lessons",
        "schedule:lesson_change": "lessons",
        "schedule:lesson_cancel": "lessons",
        "schedule:lesson_restore": "lessons",
        "schedule:lesson_publish": "lessons",
        "schedule:lesson_delete": "lessons",
        "schedule:lessons": "all-lessons",
        "schedule:lessons_publish": "all-lessons",
        "schedule:lessons_cancel": "all-lessons",
        "schedule:lessons_restore": "all-lessons",
        "schedule:lessons_delete": "all-lessons",
        "schedule:lessons_open_rooms": "all-lessons",
        "schedule:timetable_changes": "changes",
        "schedule:lesson_changes": "changes",
        "schedule:timetable_change": "changes",
        "schedule:import_undo": "changes",
        "schedule:absences": "absences",
        "schedule:lesson_places": "places",
        "schedule:weekly_lesson_places": "places",
        "schedule:hours": "hours",
        "attendance:own": "attendance",
        "attendance:person": "attendance",
        "attendance:class_group": "attendance",
        "attendance:class_group_print": "attendance",
        "attendance:lesson": "attendance",
        "attendance:missing": "attendance",
        "attendance:alarm_take": "alarms",
        "attendance:duty": "duty",
        "attendance:class_starts": "class-starts",
        "attendance:course_rules": "attendance",
        "schedule:channels": "robots",
        "schedule:channel_new": "robots",
        "schedule:channel_address": "robots",
        "schedule:channel_remove": "robots",
        "schedule:class_group_consents": "consents",
        "schedule:class_group_consent_slips": "consents",
        "schedule:class_group_consents_remind": "consents",
        "family_links:links": "families",
        "family_links:slips": "families",
        "family_links:own_slips": "families",
        "family_links:several_slips": "families",
        "family_links:sheets": "families",
        "people:people": "people",
        "people:new": "people",
        "people:person": "people",
        "people:change": "people",
        "people:deactivate": "people",
        "people:start_password": "people",
        "people:start_passwords": "people",
        "replays:late": "late",
        "replays:usage": "usage",
        **dict.fromkeys(
            (
                "class_groups:class_groups",
                *("class_groups:class_group", "class_groups:new", "class_groups:change"),
                *("class_groups:archive", "class_groups:reopen", "class_groups:delete"),
                *("class_groups:join", "class_groups:leave", "class_groups:start_passwords"),
                *("class_groups:member_days", "class_groups:age_bands"),
            ),
            "class-groups",
        ),
        **dict.fromkeys(("class_groups:move", "class_groups:split", "class_groups:merge"), "moves"),
        "schedule:school_year": "school-year",
        "schedule:school_year_undo": "school-year",
        **dict.fromkeys(
            (
                "courses:courses",
                "courses:course",
                "courses:new",
                "courses:change",
                "courses:delete",
            ),
            "courses",
        ),
        "imports:imports": "imports",
        "imports:file": "imports",
        "imports:file_start_passwords": "people",
        "imports:file_undo": "imports",
        "imports:lessons": "import-lessons",
        "imports:lessons_preview": "import-lessons",
        "imports:people": "people",
        "imports:people_preview": "people",
        "admin:replays_retention_changelist": "late",
    },
    "administrator": {
        "people:erasures": "erasing",
        "people:erasure": "erasing",
        "people:ask_erasure": "erasing",
        "mfa_index": "second-factor",
        "mfa_activate_totp": "second-factor",
        "mfa_view_recovery_codes": "second-factor",
        "mfa_generate_recovery_codes": "second-factor",
        "mfa_deactivate_totp": "second-factor",
        "mfa_reauthenticate": "second-factor",
        "second_factor_again": "second-factor",
        "second_factor_go_on": "second-factor",
        "account_reauthenticate": "second-factor",
        "schedule:consent_text": "consents",
        "schedule:consent_check": "consents",
        "admin:index": "start",
        "admin:app_list": "start",
        "admin:doctor": "installation",
        "attendance:walls": "walls",
        "incidents:incidents": "incidents",
        "yearly_report:report": "yearly-report",
        "incidents:incident": "incidents",
        "incidents:new": "incidents",
        "incidents:change": "incidents",
        "admin:edu_platform_backup_changelist": "installation",
        "admin:accounts_user_changelist": "roles",
        "admin:auth_user_password_change": "roles",
        "admin:accounts_schoolsettings_changelist": "settings",
        "keeping_times": "keeping-times",
        "admin:accounts_classroomidentity_changelist": "cloud",
        "admin:accounts_externalaccount_changelist": "external",
        "admin:accounts_auditentry_changelist": "audit",
        "admin:classroom_callbackevent_changelist": "callbacks",
        "admin:schedule_room_changelist": "cloud",
        "admin:courseware_courseware_changelist": "cloud",
        "admin:courseware_upload_changelist": "cloud",
        "admin:replays_replay_changelist": "deleted",
        "admin:replays_share_changelist": "deleted",
    },
}

# What Django calls the pages about one row; they are explained where their list is.
PAGE_OF_ROW = re.compile(r"(admin:.+)_(?:add|change|delete|history)")


@dataclass(frozen=True, slots=True)
class HelpLink:
    """The address of help, and whether that is about the very page that leads there."""

    address: str
    is_about_page: bool


def pages_for(user: User | AnonymousUser | None) -> tuple[str, ...]:
    """The help pages for somebody, their own first."""
    if not isinstance(user, User):
        return PAGES_OF_VISITORS
    if user.is_superuser:
        return PAGES_OF_ROLE[Role.ADMINISTRATOR]
    own = (pages for role, pages in PAGES_OF_ROLE.items() if user.has_role(role))
    return next(own, PAGES_OF_VISITORS)


def help_link(view_name: str, user: User | AnonymousUser | None) -> HelpLink:
    """Return where the page of this route is explained to somebody; else the page for such people, else all."""
    pages = pages_for(user)
    for name in pages:
        topics = TOPICS[name]
        if anchor := topics.get(view_name) or topics.get(_list_of(view_name)):
            return HelpLink(f"{reverse('help:page', args=[name])}#{anchor}", is_about_page=True)
    if isinstance(user, User):
        return HelpLink(reverse("help:page", args=[pages[0]]), is_about_page=False)
    return HelpLink(reverse("help:contents"), is_about_page=False)


def _list_of(view_name: str) -> str:
    """The list to which a page of the administration belongs, if it is about one row."""
    found = PAGE_OF_ROW.fullmatch(view_name)
    return f"{found[1]}_changelist" if found else ""
