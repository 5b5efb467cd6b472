"""Names, tags, and who may use it."""

from __future__ import annotations

import pytest

from courseware.models import (
    Courseware,
)
from courseware.services.editing import NameEmpty, rename, set_public, set_tags
from tests.factories.courseware import CoursewareFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]


class TestEditing:
    @pytest.mark.parametrize(
        ("name", "saved"),
        [
            ("第二课.pdf", "第二课.pdf"),
            ("第二课", "第二课.pdf"),
            ("第二课.PDF", "第二课.pdf"),
            ("第二课.exe", "第二课.exe.pdf"),
            ("../../第二课", "第二课.pdf"),
            ("第二课\u202e", "第二课.pdf"),
            ("课" * 300, "课" * 196 + ".pdf"),
            ("第1.2节 有理数的加法（第二课时）", "第1.2节 有理数的加法（第二课时）.pdf"),
            ("Chapter 1. The Big Idea", "Chapter 1. The Big Idea.pdf"),
            (
                "Lesson 3.Introduction To Quantum Mechanics",
                "Lesson 3.Introduction To Quantum Mechanics.pdf",
            ),
            ("Lesson 3.Introduction.PdF", "Lesson 3.Introduction.pdf"),
            (".NET 入门", ".NET 入门.pdf"),
            ("What next...", "What next....pdf"),
        ],
        ids=repr,
    )
    def test_name_keeps_its_ending(self, courseware: Courseware, name: str, saved: str):
        rename(courseware, name=name)

        courseware.refresh_from_db()
        assert courseware.name == saved

    @pytest.mark.parametrize("name", ["", "\u200b", ".pdf", " .PDF", "...", "a/"], ids=repr)
    def test_name_of_which_nothing_is_left_is_refused(self, courseware: Courseware, name: str):
        with pytest.raises(NameEmpty):
            rename(courseware, name=name)

        courseware.refresh_from_db()
        assert courseware.name == "第一讲.pdf"

    @pytest.mark.parametrize("is_public", [True, False])
    def test_it_is_for_all_or_not(self, courseware: Courseware, is_public: bool):
        set_public(courseware, is_public=is_public)

        courseware.refresh_from_db()
        assert courseware.is_public is is_public

    def test_tags_are_those_that_were_given(self, courseware: Courseware):
        other = CoursewareFactory.create(tags=["语文"])
        set_tags(courseware, names=["语文", "三年级"])

        set_tags(courseware, names=[" 语文 ", "诗", "", "诗"])

        assert set(courseware.tags.values_list("name", flat=True)) == {"语文", "诗"}
        assert set(other.tags.values_list("name", flat=True)) == {"语文"}
