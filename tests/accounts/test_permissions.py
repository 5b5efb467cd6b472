"""The table of who may do what."""

from __future__ import annotations

import pytest

from accounts.permissions import PERMISSIONS, Action, Relation, may


class TestTable:
    """The rows of the design, each written out once more."""

    @pytest.mark.parametrize(
        ("action", "relations"),
        [
            (Action.SIGN_IN, "visitor anybody"),
            (Action.USE_PLATFORM, "anybody"),
            (Action.SEE_LESSON, "student lesson_teacher assistant supervisor staff"),
            (Action.SEE_DRAFT, "staff"),
            (Action.ENTER_LESSON, "student lesson_teacher assistant supervisor"),
            (Action.SEE_ANY_TIMETABLE, "supervisor staff"),
            (Action.OPEN_ANOTHER_ROOM, "lesson_teacher staff"),
            (Action.ADMINISTER, "staff"),
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
            (Action.UPLOAD_COURSEWARE, "teacher staff"),
            (Action.BIND_COURSEWARE, "lesson_teacher staff"),
            (Action.SEE_LESSON_COURSEWARE, "lesson_teacher assistant supervisor staff"),
            (Action.SEE_READINESS, "lesson_teacher assistant staff"),
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
