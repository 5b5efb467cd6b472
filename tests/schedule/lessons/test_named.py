"""People and things that planners mean by what they write."""

from __future__ import annotations

import pytest

from accounts.enums import Role
from schedule.lessons.named import NotMeant, class_groups_named, only_one_meant, people_named
from tests.factories.accounts import UserFactory
from tests.factories.schedule import ClassGroupFactory

pytestmark = pytest.mark.django_db


class TestPeople:
    def test_username_goes_before_a_name(self, teacher):
        UserFactory.create(username="other", display_name="teacher", roles=[Role.TEACHER])

        assert people_named(["teacher"]) == {"teacher": [teacher]}

    def test_teachers_go_before_others_of_the_name(self, teacher):
        UserFactory.create(display_name=teacher.display_name, roles=[Role.STUDENT])
        UserFactory.create(display_name=teacher.display_name, roles=[Role.TEACHER], is_active=False)

        assert people_named([teacher.display_name]) == {teacher.display_name: [teacher]}

    def test_all_teachers_of_a_name_are_found(self, teacher):
        second = UserFactory.create(display_name=teacher.display_name, roles=[Role.TEACHER])

        assert people_named([teacher.display_name])[teacher.display_name] == [teacher, second]

    def test_name_means_those_of_the_role_that_is_asked_for(self, teacher):
        child = UserFactory.create(display_name=teacher.display_name, roles=[Role.STUDENT])
        name = teacher.display_name

        assert people_named([name], role=Role.STUDENT) == {name: [child]}

    def test_username_may_differ_in_case_and_width(self, teacher):
        assert people_named(["ＴEACHER"]) == {"ＴEACHER": [teacher]}

    def test_two_of_a_name_are_told_by_their_usernames(self, teacher):
        second = UserFactory.create(
            username="second", display_name=teacher.display_name, roles=[Role.TEACHER]
        )

        with pytest.raises(NotMeant) as refused:
            only_one_meant("李老师", [teacher, second])

        assert "second、teacher" in refused.value.words_in_files()
        assert only_one_meant("李老师", [teacher, second], had={second.pk}) == second

    def test_more_texts_than_a_statement_takes(self, teacher):
        texts = [f"nobody-{number}" for number in range(1200)]

        meant = people_named([*texts, "teacher", "\0"])

        assert [text for text, people in meant.items() if people] == ["teacher"]

    def test_nobody_is_found_for_nothing(self, teacher, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert people_named([]) == {}

    def test_many_cost_what_one_costs(self, django_assert_num_queries):
        names = [user.username for user in UserFactory.create_batch(5, roles=[Role.TEACHER])]

        for some in (names[:1], names):
            with django_assert_num_queries(2):
                assert all(people_named(some).values())


class TestClassGroups:
    def test_own_one_goes_before_a_new_one_of_its_name(self):
        new, own = ClassGroupFactory.create(name="甲班"), ClassGroupFactory.build(name="甲班")

        assert class_groups_named("甲班", [own]) == ([own], [])
        assert class_groups_named("甲班", []) == ([new], [])

    def test_unknown_names_are_told_in_their_order(self):
        known = ClassGroupFactory.create(name="甲班")

        assert class_groups_named("丁班;甲班；丙班、甲班", []) == ([known], ["丁班", "丙班"])
