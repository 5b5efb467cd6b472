"""Names in the text of the whole school: struck out where nobody else can be meant, else shown to somebody."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from accounts.enums import AuditKind, Role
from accounts.erasing import places
from accounts.erasing.looking import Column, columns_looked_through
from accounts.erasing.names import in_ascii
from accounts.models import AuditEntry, Erasure, ErasurePlace, Notice, User
from accounts.services import audit
from schedule.models import ClassGroup, Lesson, LessonChange
from tests.factories.schedule import ClassGroupFactory, LessonFactory, school_time
from tests.support.database_texts import database_texts
from tests.support.erasing import ERASED, erased, somebody
from tests.support.every_table import fill

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("JSON is text of another kind on each"),
]

NAME = "欧阳明月"


def lesson_called(title: str) -> Lesson:
    return LessonFactory.create(
        title=title, starts_at=school_time(-20, 9), ends_at=school_time(-20, 10)
    )


def test_no_table_has_a_column_in_which_a_name_is_left():
    fill()
    person = somebody()
    planted = [
        (model, column)
        for model, columns in columns_looked_through().items()
        for column in columns
        if column.is_struck and _plant(model, column)
    ]

    erased(person)

    assert len(planted) > 40
    assert database_texts(NAME) == []


def _plant(model: type[Model], column: Column) -> bool:
    """Write the name into a cell, where the column takes so long a text."""
    limit = getattr(column.field, "max_length", None)
    text: Any = {"说": [f"{NAME}来了", {"谁": NAME}]} if column.is_json else f"请{NAME}来"
    if limit is not None and limit < len(text):
        return False
    row = model._base_manager.order_by("pk").first()
    assert row is not None
    model._base_manager.filter(pk=row.pk).update(**{column.name: text})
    return True


def test_a_namesake_keeps_everything_and_each_place_is_shown():
    person, namesake = somebody(), somebody(roles=[Role.TEACHER])
    lesson = lesson_called(f"给{NAME}补课")
    Notice.objects.create(
        user=namesake, kind="k", arguments={"who": [NAME]}, address="/", cause="c"
    )
    before = User.objects.filter(pk=namesake.pk).values().get()

    erasure = erased(person)

    assert User.objects.filter(pk=namesake.pk).values().get() == before
    assert Lesson.objects.get(pk=lesson.pk).title == f"给{NAME}补课"
    assert Notice.objects.get(user=namesake).arguments == {"who": [NAME]}
    # The history and the replay of a lesson have its title, too.
    assert set(erasure.places.values_list("model", "column")) == {
        ("schedule.lesson", "title"),
        ("schedule.lessonchange", "after"),
        ("replays.replay", "title"),
        ("accounts.notice", "arguments"),
    }


def test_somebody_whose_name_holds_the_name_is_a_namesake():
    person = somebody("王芳")
    somebody("王芳菲")
    lesson = lesson_called("王芳菲的演讲")

    erasure = erased(person)

    assert Lesson.objects.get(pk=lesson.pk).title == "王芳菲的演讲"
    assert in_lessons(erasure)


def test_without_a_wish_to_strike_text_each_place_is_shown():
    person = somebody()
    lesson = lesson_called(f"给{NAME}补课")

    erasure = erased(person, strikes_text=False)

    assert Lesson.objects.get(pk=lesson.pk).title == f"给{NAME}补课"
    assert in_lessons(erasure)


def in_lessons(erasure: Erasure) -> bool:
    return erasure.places.filter(model="schedule.lesson", column="title").exists()


def test_a_name_of_one_character_is_struck_out_of_the_persons_rows_alone():
    person = somebody("明", roles=[Role.TEACHER])
    lesson = LessonFactory.create(
        teacher=person,
        title="明天考试",
        starts_at=school_time(-20, 9),
        ends_at=school_time(-20, 10),
    )

    erasure = erased(person)

    assert Lesson.objects.get(pk=lesson.pk).title == "明天考试"
    assert (LessonChange.objects.get(lesson=lesson).after or {})["teacher"] == [person.pk, ERASED]
    assert not erasure.places.exists()


def test_a_name_of_one_character_is_struck_out_of_no_other_name_in_the_persons_rows():
    person, other = somebody("明", roles=[Role.PLANNER]), somebody("李明华")
    for text in ("李明华", "明"):
        audit.record(AuditKind.PERSON_CHANGED, by=person, person=other, object_text=text)

    erased(person)

    texts = AuditEntry.objects.filter(kind=AuditKind.PERSON_CHANGED).order_by("pk")
    assert list(texts.values_list("object_text", flat=True)) == ["李明华", ERASED]


@pytest.mark.parametrize("username", ["teacher", "published", "123", "abc"])
def test_a_username_that_is_a_common_word_is_looked_for_nowhere(username: str):
    person = somebody(username=username)
    lesson = lesson_called(f"a {username} talks")

    erased(person)

    assert Lesson.objects.get(pk=lesson.pk).title == f"a {username} talks"


def test_a_latin_name_is_no_part_of_a_longer_word():
    person = somebody("Lin Wei", username="linwei")
    lesson = lesson_called("linwei, Lin Wei and linweihua")

    erased(person)

    assert Lesson.objects.get(pk=lesson.pk).title == f"{ERASED}, {ERASED} and linweihua"


def test_a_text_that_may_be_there_once_stays_and_is_shown():
    person = somebody()
    class_group = ClassGroupFactory.create(name=f"{NAME}小组")
    ClassGroupFactory.create(name=f"{ERASED}小组")

    erasure = erased(person)

    assert ClassGroup.objects.get(pk=class_group.pk).name == f"{NAME}小组"
    assert [place.model for place in erasure.places.all()] == ["schedule.classgroup"]


class TestPlaces:
    @pytest.fixture
    def place(self) -> ErasurePlace:
        person = somebody()
        somebody()
        lesson_called(f"给{NAME}补课，{NAME}要来")
        return erased(person).places.get(model="schedule.lesson")

    def test_are_found_once_more_without_the_name_being_kept(self, place: ErasurePlace):
        erasure = place.erasure
        stored = f"{erasure.prints} {erasure.strings}"
        (row,) = places.rows_of_places([place])

        assert NAME not in stored
        assert in_ascii(NAME) not in stored
        assert row.excerpt == f"给{NAME}补课，{NAME}要来"
        assert row.seen_at is not None
        assert row.seen_at.address.startswith("/schedule/lessons/")

    def test_are_struck_out_one_by_one(self, place: ErasurePlace):
        places.strike(place)

        assert Lesson.objects.get(pk=place.row).title == f"给{ERASED}补课，{ERASED}要来"
        assert not ErasurePlace.objects.filter(pk=place.pk).exists()

    def test_are_shown_and_struck_out_where_json_writes_them_in_ascii(self):
        staff, name = somebody("司马青云"), "欧阳𠮷月"
        entry = LogEntry.objects.create(
            user=staff,
            content_type=ContentType.objects.get_for_model(Lesson),
            object_id="1",
            object_repr="数学课",
            action_flag=CHANGE,
            change_message=json.dumps([{"changed": {"name": name}}]),
        )
        erasure = erased(somebody(name), strikes_text=False)
        place = erasure.places.get()
        (row,) = places.rows_of_places([place])

        places.strike(place)

        assert (place.column, row.excerpt) == (
            "change_message",
            f'[{{"changed": {{"name": "{name}"}}}}]',
        )
        entry.refresh_from_db()
        assert json.loads(entry.change_message) == [{"changed": {"name": ERASED}}]

    def test_are_left_and_open_no_more(self, place: ErasurePlace):
        places.leave(place.erasure.places.all())

        assert NAME in Lesson.objects.get(pk=place.row).title
        assert places.check_again(place.erasure) == 0

    def test_are_gone_when_somebody_has_changed_the_text(self, place: ErasurePlace):
        assert places.check_again(place.erasure) == 3
        Lesson.objects.filter(pk=place.row).update(title="补课")

        assert places.check_again(Erasure.objects.get()) == 2
        assert not ErasurePlace.objects.filter(pk=place.pk).exists()
