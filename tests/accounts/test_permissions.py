"""The table of who may do what."""

from __future__ import annotations

import pytest
from django.apps import apps

from accounts.enums import Role
from accounts.permissions import (
    CLOSED_MODELS,
    EDITED_MODELS,
    PERMISSIONS,
    READ_MODELS,
    Action,
    Relation,
    may,
    may_open_app,
    may_use_model,
)


class TestTable:
    """The rows of the design, each written out once more."""

    @pytest.mark.parametrize(
        ("action", "relations"),
        [
            (Action.SIGN_IN, "visitor anybody"),
            (Action.USE_PLATFORM, "anybody"),
            (Action.SEE_LESSON, "student lesson_teacher assistant supervisor staff"),
            (Action.SEE_DRAFT, "staff"),
            (Action.SEE_PLANNERS, "staff"),
            (Action.ENTER_LESSON, "student lesson_teacher assistant supervisor"),
            (Action.SEE_ANY_TIMETABLE, "supervisor staff"),
            (Action.SEE_SCHOOL_DAY, "supervisor staff"),
            (Action.SEE_HOURS, "teacher supervisor staff"),
            (Action.SEE_ALL_HOURS, "supervisor staff"),
            (Action.OPEN_ANOTHER_ROOM, "lesson_teacher staff"),
            (Action.PLAN_LESSONS, "staff"),
            (Action.ADMINISTER, "staff"),
            (Action.MANAGE_CHANNELS, "staff"),
            (Action.NOTE_CONSENT, "class_teacher staff"),
            (Action.PUBLISH_CONSENT_TEXT, "administrator"),
            (Action.SEE_MISSING_CONSENT, "lesson_teacher assistant class_teacher staff"),
            (Action.RESET_START_PASSWORD, "class_teacher"),
            (Action.SEE_REPLAY, "student lesson_teacher assistant supervisor staff"),
            (Action.SEE_ALL_REPLAYS, "supervisor staff"),
            (Action.DOWNLOAD_REPLAY, "downloader lesson_teacher assistant staff"),
            (Action.SHARE_REPLAY, "downloader lesson_teacher staff"),
            (Action.SEE_ALL_LINKS, "lesson_teacher staff"),
            (Action.DELETE_REPLAY, "lesson_teacher staff"),
            (Action.ASK_CLOUD, "lesson_teacher assistant staff"),
            (Action.SEE_HISTORY, "lesson_teacher assistant supervisor staff"),
            (Action.SEE_LATE_REPLAYS, "staff"),
            (Action.EXPORT_REPLAYS, "staff"),
            (
                Action.SEE_COURSEWARE,
                "courseware_owner colleague lesson_teacher assistant released supervisor staff",
            ),
            (Action.SEE_ALL_COURSEWARE, "supervisor staff"),
            (
                Action.DOWNLOAD_COURSEWARE,
                "courseware_owner colleague lesson_teacher assistant released staff",
            ),
            (Action.CHANGE_COURSEWARE, "courseware_owner staff"),
            (Action.REPLACE_COURSEWARE, "courseware_owner staff"),
            (Action.UPLOAD_COURSEWARE, "teacher staff"),
            (Action.BIND_COURSEWARE, "lesson_teacher staff"),
            (Action.SEE_LESSON_COURSEWARE, "lesson_teacher assistant supervisor staff"),
            (Action.SEE_READINESS, "lesson_teacher assistant staff"),
            (Action.MANAGE_FAMILY_LINKS, "class_teacher staff"),
            (Action.SEE_CHILD, "family"),
            (Action.WATCH_AS_FAMILY, "family"),
            (Action.INVITE_GUEST, "lesson_teacher staff"),
            (Action.FORGET_GUEST, "staff"),
            (Action.ENTER_AS_GUEST, "guest"),
        ],
    )
    def test_action_is_for_these(self, action: Action, relations: str):
        assert {relation.value for relation in PERMISSIONS[action]} == set(relations.split())

    def test_every_action_has_a_row(self):
        assert set(PERMISSIONS) == set(Action)

    def test_one_relation_is_enough(self):
        assert may(Action.SEE_LESSON, {Relation.ANYBODY, Relation.STUDENT})
        assert not may(Action.SEE_LESSON, {Relation.ANYBODY})
        assert not may(Action.SEE_LESSON, set())


class TestModels:
    def test_every_installed_model_stands_in_exactly_one_list(self):
        listed = [*EDITED_MODELS, *READ_MODELS, *CLOSED_MODELS]
        installed = {model._meta.label_lower for model in apps.get_models()}

        assert installed - set(listed) == set()
        assert set(listed) - installed == set()
        assert len(listed) == len(set(listed))

    def test_only_staff_have_rights(self):
        given = {
            role for roles in (*EDITED_MODELS.values(), *READ_MODELS.values()) for role in roles
        }

        assert given == {Role.PLANNER, Role.ADMINISTRATOR}

    @pytest.mark.parametrize(
        ("role", "label", "edits", "reads"),
        [
            (Role.PLANNER, "accounts.user", True, True),
            (Role.PLANNER, "accounts.schoolsettings", False, False),
            (Role.PLANNER, "accounts.auditentry", False, False),
            (Role.PLANNER, "accounts.externalaccount", True, True),
            (Role.PLANNER, "replays.replayfile", False, True),
            (Role.PLANNER, "classroom.callbackevent", False, False),
            (Role.ADMINISTRATOR, "accounts.schoolsettings", True, True),
            (Role.ADMINISTRATOR, "accounts.auditentry", False, True),
            (Role.ADMINISTRATOR, "edu_platform.backup", False, True),
            (Role.ADMINISTRATOR, "accounts.session", False, False),
            (Role.ADMINISTRATOR, "accounts.rolegrant", False, False),
            (Role.ADMINISTRATOR, "mfa.authenticator", False, False),
            (Role.ADMINISTRATOR, "of.nobody", False, False),
            (Role.SUPERVISOR, "schedule.lesson", False, False),
        ],
    )
    def test_role_has_rights(self, role: Role, label: str, edits: bool, reads: bool):
        assert may_use_model({role}, label, reads_only=False) == edits
        assert may_use_model({role}, label, reads_only=True) == reads

    @pytest.mark.parametrize(
        ("role", "app", "opens"),
        [
            (Role.PLANNER, "accounts", True),
            (Role.PLANNER, "classroom", False),
            (Role.ADMINISTRATOR, "classroom", True),
            (Role.ADMINISTRATOR, "auth", False),
            (Role.TEACHER, "schedule", False),
        ],
    )
    def test_role_sees_the_app(self, role: Role, app: str, opens: bool):
        assert may_open_app({role}, app) == opens
