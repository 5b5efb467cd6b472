"""The administration's words before it deletes: every row in words, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db.models import CASCADE, PROTECT, RESTRICT, Model
from django.test import RequestFactory
from django.utils import translation

from accounts.models import User
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.admin_deletion import (
    SHOWN_AT_MOST,
    deletion_of,
)
from replays.models import Retention
from schedule.models import (
    ClassGroup,
    Lesson,
)
from tests.factories.schedule import (
    ClassGroupFactory,
    CourseFactory,
    MembershipFactory,
    WeeklyLessonFactory,
)
from tests.support.administration import REGISTERED, admin_of

pytestmark = pytest.mark.django_db

Deletion = Callable[..., Any]


@pytest.fixture
def deletion(planner: User) -> Deletion:
    """Return what the planner is told in English, or somebody else."""

    def ask(*rows: Model, by: Any = planner) -> Any:
        request = RequestFactory().get("/")
        request.user = by
        with translation.override("en"):
            return deletion_of(rows, request, admin.site)

    return ask


def address_of(row: Model) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


class TestWhatGoes:
    def test_row_is_named_with_a_link_to_its_page(self, deletion: Deletion):
        group = ClassGroupFactory.create(name="<一班>")
        kept = Retention.objects.create(class_group=group, days=1)

        going, counts, forbidden, in_the_way = deletion(kept)

        link = f'<a href="{address_of(kept)}">&lt;一班&gt;: 1 day</a>'
        assert going == [f"Retention period of replays: {link}"]
        assert counts == {"Retention periods of replays": 1}
        assert (forbidden, in_the_way) == (set(), [])

    def test_what_goes_with_it_stands_below(self, deletion: Deletion, class_group: ClassGroup):
        kept = Retention.objects.create(class_group=class_group, days=1)

        going, counts, *_ = deletion(class_group)

        link = f'<a href="{address_of(kept)}">三年级1班: 1 day</a>'
        assert going[1] == [f"Retention period of replays: {link}"]
        assert counts == {"Class groups": 1, "Retention periods of replays": 1}

    def test_several_stand_one_after_the_other(self, deletion: Deletion):
        groups = [ClassGroupFactory.create() for _ in range(2)]
        Retention.objects.create(class_group=groups[0], days=30)

        going, *_ = deletion(*groups)

        assert [type(each) for each in going] == [type(going[0]), list, type(going[0])]

    def test_kinds_that_the_person_may_not_delete_are_named(
        self, deletion: Deletion, student: User
    ):
        kept = Retention.objects.create(class_group=ClassGroupFactory.create(), days=30)

        _going, _counts, forbidden, _in_the_way = deletion(kept.class_group, by=student)

        assert forbidden == {"retention period of replays"}

    def test_page_that_the_person_may_not_open_is_no_link(self, deletion: Deletion):
        course = CourseFactory.create(name="语文课")

        going, *_ = deletion(course, by=AnonymousUser())

        assert going == ["Course: 语文课"]

    def test_nothing_is_told_of_nothing(self, deletion: Deletion):
        assert deletion() == ([], {}, set(), [])


class TestWhatKeepsIt:
    def test_each_kind_is_counted_and_its_rows_named(
        self, deletion: Deletion, student: User, class_group: ClassGroup
    ):
        *_, in_the_way = deletion(class_group)

        assert in_the_way == ["Memberships (1)", ["王小明 (student) · 三年级1班"]]

    def test_what_goes_too_keeps_nothing(self, deletion: Deletion):
        weekly_lesson = WeeklyLessonFactory.create()

        *_, in_the_way = deletion(weekly_lesson)

        assert in_the_way == []

    def test_it_is_no_question_of_rights(self, deletion: Deletion, lesson: Lesson, superuser: User):
        """Nobody may delete a published lesson here; but nobody asks for that."""
        _going, _counts, forbidden, in_the_way = deletion(lesson.course, by=superuser)

        assert forbidden == set()
        assert in_the_way[0] == "Lessons (1)"

    def test_of_very_many_the_first_are_named(self, deletion: Deletion, class_group: ClassGroup):
        MembershipFactory.create_batch(SHOWN_AT_MOST + 2, class_group=class_group)

        *_, in_the_way = deletion(class_group)

        assert in_the_way[0] == f"Memberships ({SHOWN_AT_MOST + 2})"
        assert len(in_the_way[1]) == SHOWN_AT_MOST + 1
        assert in_the_way[1][-1] == "and 2 more"


def test_every_model_that_goes_or_keeps_has_a_page_by_which_people_know_its_rows():
    deleted = [model for model in REGISTERED if _is_told_by_these(admin_of(model))]
    met = {each for model in deleted for each in _met(model, set())}

    assert Retention in deleted
    assert met - set(REGISTERED) == set()


def _is_told_by_these(model_admin: Any) -> bool:
    """Tell whether it deletes at all, and says nothing of its own before."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    own = type(model_admin).get_deleted_objects is not PlatformAdmin.get_deleted_objects
    return not own and bool(model_admin.has_delete_permission(request))


def _met(model: type[Model], seen: set[type[Model]]) -> Iterator[type[Model]]:
    """The models whose rows go with those of a model, or keep them."""
    if model in seen:
        return
    seen.add(model)
    for field in model._meta.get_fields(include_hidden=True):
        on_delete = getattr(field, "on_delete", None) if not field.concrete else None
        other: Any = field.related_model
        if on_delete not in (CASCADE, PROTECT, RESTRICT):
            continue
        if other._meta.auto_created:
            continue
        yield other
        if on_delete is CASCADE:
            yield from _met(other, seen)
