"""The administration's words before it deletes: every row in words, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import CASCADE, PROTECT, RESTRICT, Model
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from edu_platform.lib import admin_deletion
from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.admin_deletion import (
    SHOWN_AT_MOST,
    RowWords,
    deletion_of,
    leave_untold,
    register_row_words,
)
from edu_platform.lib.moved_admin import MovedAdmin
from replays.models import Retention
from schedule.lessons.pages import planners_page_of
from schedule.models import (
    Channel,
    ChannelMessage,
    ClassGroup,
    FetName,
    Lesson,
    Membership,
    Occupation,
    WeeklyLesson,
    WeeklyLessonClassGroup,
)
from tests.factories.schedule import (
    ChannelFactory,
    ClassGroupFactory,
    CourseFactory,
    LessonFactory,
    MembershipFactory,
    WeeklyLessonFactory,
)
from tests.support.administration import REGISTERED, admin_of

pytestmark = pytest.mark.django_db

Deletion = Callable[..., Any]
# Those of the platform.
WORDS = dict(admin_deletion._words)


@pytest.fixture
def deletion(planner: User) -> Deletion:
    """Return what the planner is told in English, or somebody else."""

    def ask(*rows: Model, by: Any = planner) -> Any:
        request = RequestFactory().get("/")
        request.user = by
        with translation.override("en"):
            return deletion_of(rows, request, admin.site)

    return ask


@pytest.fixture(autouse=True)
def words(monkeypatch: pytest.MonkeyPatch) -> dict[type[Model], RowWords]:
    """Words of models that have no pages in the administration; a test may change them."""
    own: dict[type[Model], RowWords] = {
        Lesson: RowWords(text=str, address=planners_page_of, reads=("course",)),
        WeeklyLesson: RowWords(text=str, reads=("course",)),
        Membership: RowWords(text=str, reads=("user", "class_group")),
        Occupation: RowWords(stands_for="lesson", is_told=False),
        WeeklyLessonClassGroup: RowWords(stands_for="weekly_lesson", is_told=False),
        Channel: RowWords(),
        **{model: RowWords(is_told=False) for model in (ChannelMessage, FetName)},
    }
    monkeypatch.setattr(admin_deletion, "_words", own)
    return own


def address_of(row: Model) -> str:
    return f"/admin/{row._meta.app_label}/{row._meta.model_name}/{row.pk}/change/"


class TestWhatGoes:
    def test_row_is_named_with_a_link_to_its_page(self, deletion: Deletion):
        course = CourseFactory.create(name="<语文课>")

        going, counts, forbidden, in_the_way = deletion(course)

        link = f'<a href="{address_of(course)}">&lt;语文课&gt;</a>'
        assert going == [f"Course: {link}"]
        assert (counts, forbidden, in_the_way) == ({"Courses": 1}, set(), [])

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

    def test_untold_rows_are_neither_named_nor_counted(
        self, deletion: Deletion, words: dict[type[Model], RowWords]
    ):
        channel = ChannelFactory.create()
        words[Channel] = RowWords(is_told=False)

        going, counts, *_ = deletion(channel.class_group)

        assert len(going) == 1
        assert counts == {"Class groups": 1}

    def test_what_goes_with_an_untold_row_is_told_all_the_same(
        self, deletion: Deletion, words: dict[type[Model], RowWords]
    ):
        kept = Retention.objects.create(class_group=ClassGroupFactory.create(), days=30)
        words[ClassGroup] = RowWords(is_told=False)

        going, counts, *_ = deletion(kept.class_group)

        assert len(going) == 1
        assert address_of(kept) in going[0]
        assert counts == {"Retention periods of replays": 1}

    def test_kinds_that_the_person_may_not_delete_are_named(
        self, deletion: Deletion, student: User
    ):
        kept = Retention.objects.create(class_group=ClassGroupFactory.create(), days=30)

        _going, _counts, forbidden, _in_the_way = deletion(kept.class_group, by=student)

        assert forbidden == {"class group", "retention period of replays"}

    def test_page_that_the_person_may_not_open_is_no_link(self, deletion: Deletion):
        course = CourseFactory.create(name="语文课")

        going, *_ = deletion(course, by=AnonymousUser())

        assert going == ["Course: 语文课"]

    def test_nothing_is_told_of_nothing(self, deletion: Deletion):
        assert deletion() == ([], {}, set(), [])


class TestWhatKeepsIt:
    def test_each_kind_is_counted_and_its_rows_named(
        self, deletion: Deletion, lesson: Lesson, student: User, class_group: ClassGroup
    ):
        WeeklyLessonFactory.create(class_groups=[class_group])

        *_, in_the_way = deletion(class_group)

        kinds = ["Lessons (1)", "Weekly lessons (1)", "Memberships (1)"]
        assert in_the_way[::2] == kinds
        assert [len(rows) for rows in in_the_way[1::2]] == [1, 1, 1]
        assert f'"/schedule/lessons/{lesson.code}/change/"' in in_the_way[1][0]

    def test_lesson_is_named_once_for_all_that_it_takes(
        self, deletion: Deletion, lesson: Lesson, class_group: ClassGroup
    ):
        other = ClassGroupFactory.create()
        lesson.class_groups.add(other)
        Occupation.objects.create(
            lesson=lesson, class_group=other, starts_at=lesson.starts_at, ends_at=lesson.ends_at
        )

        *_, in_the_way = deletion(class_group, other)

        assert in_the_way[0] == "Lessons (1)"

    def test_lesson_whose_class_group_is_only_taken(self, deletion: Deletion, lesson: Lesson):
        """Nothing that the database keeps it for is ever left out."""
        other = ClassGroupFactory.create()
        Occupation.objects.create(
            lesson=lesson, class_group=other, starts_at=lesson.starts_at, ends_at=lesson.ends_at
        )

        *_, in_the_way = deletion(other)

        assert in_the_way[0] == "Lessons (1)"

    def test_weekly_lesson_is_not_left_without_class_groups(self, deletion: Deletion):
        """The database would take the class group from it, and it would be of nobody."""
        weekly_lesson = WeeklyLessonFactory.create()

        *_, in_the_way = deletion(weekly_lesson.class_groups.get())

        assert in_the_way[0] == "Weekly lessons (1)"

    def test_what_goes_too_keeps_nothing(self, deletion: Deletion):
        weekly_lesson = WeeklyLessonFactory.create()

        *_, in_the_way = deletion(weekly_lesson)

        assert in_the_way == []

    def test_it_is_no_question_of_rights(self, deletion: Deletion, lesson: Lesson, superuser: User):
        """Nobody may delete a published lesson here; but nobody asks for that."""
        _going, _counts, forbidden, in_the_way = deletion(lesson.course, by=superuser)

        assert forbidden == set()
        assert in_the_way[0] == "Lessons (1)"

    def test_untold_row_that_stands_for_no_other_is_named_all_the_same(
        self, deletion: Deletion, student: User, words: dict[type[Model], RowWords]
    ):
        words[Membership] = RowWords(is_told=False)

        *_, in_the_way = deletion(student.memberships.get().class_group)

        assert in_the_way == ["Memberships (1)", ["王小明 (student) · 三年级1班"]]

    def test_of_very_many_the_first_are_named(self, deletion: Deletion, class_group: ClassGroup):
        MembershipFactory.create_batch(SHOWN_AT_MOST + 2, class_group=class_group)

        *_, in_the_way = deletion(class_group)

        assert in_the_way[0] == f"Memberships ({SHOWN_AT_MOST + 2})"
        assert len(in_the_way[1]) == SHOWN_AT_MOST + 1
        assert in_the_way[1][-1] == "and 2 more"


def test_queries_do_not_grow_with_the_rows(deletion: Deletion):
    deletion(CourseFactory.create())  # what the planner may do is read once
    asked = []
    # A few of each, and more than are named.
    for count in (2, 5):
        groups = [ClassGroupFactory.create() for _ in range(count)]
        for group in groups:
            Retention.objects.create(class_group=group, days=30)
            ChannelFactory.create(class_group=group)
            LessonFactory.create_batch(count, class_groups=[group])
            WeeklyLessonFactory.create_batch(count, class_groups=[group])
            MembershipFactory.create_batch(count, class_group=group)
        with CaptureQueriesContext(connection) as queries:
            deletion(*ClassGroup.objects.filter(pk__in=[group.pk for group in groups]))
        asked.append(len(queries))

    assert asked[0] == asked[1]


class TestWords:
    def test_model_has_one_way_to_be_told(self, words: dict[type[Model], RowWords]):
        with pytest.raises(ValueError, match=r"schedule\.Lesson: two ways"):
            register_row_words(Lesson, RowWords())

    def test_model_is_told_or_left_untold(self, words: dict[type[Model], RowWords]):
        with pytest.raises(ValueError, match="two ways"):
            leave_untold(Channel)


def test_every_model_that_goes_or_keeps_says_how_people_know_its_rows():
    """Every model that has no page in the administration has words of its own, or is known to be nobody's."""
    deleted = [model for model in REGISTERED if _is_told_by_these(admin_of(model))]
    met = {each for model in deleted for each in _met(model, set())}

    assert Retention in deleted
    assert met - WORDS.keys() - set(REGISTERED) == set()


def _is_told_by_these(model_admin: Any) -> bool:
    """Tell whether it deletes at all, and says nothing of its own before."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_active=True)
    if isinstance(model_admin, MovedAdmin):
        return False
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
