"""People and things that planners mean by what they write."""

from __future__ import annotations

import pytest

from accounts.enums import Role
from schedule.lessons.named import class_groups_named, people_named
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
