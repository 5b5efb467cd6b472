from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from edu_platform.lib.statements import NO_KEY, Statement
from schedule.models import Lesson, Occupation
from tests.factories.accounts import UserFactory
from tests.factories.schedule import LessonFactory
from tests.support.threads import all_at_once

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.both_databases("how values reach the database"),
]

TITLES = Statement(
    lambda lesson_ids: (
        Lesson.objects.filter(pk__in=lesson_ids).order_by("pk").values_list("title", flat=True)
    )
)


def lessons(number):
    return [LessonFactory.create(title=f"Lesson {each}") for each in range(number)]


class TestRows:
    def test_each_use_finds_what_fits_its_own_values(self):
        first, second = lessons(2)
        by_code = Statement(lambda code: Lesson.objects.filter(code=code))

        assert by_code.rows(code=first.code) == [first]
        assert by_code.rows(code=second.code) == [second]
        assert by_code.rows(code="nobody's") == []

    def test_rows_are_read_anew(self):
        (lesson,) = lessons(1)
        by_code = Statement(lambda code: Lesson.objects.filter(code=code))
        assert by_code.rows(code=lesson.code)[0].title == "Lesson 0"

        Lesson.objects.update(title="Another")

        assert by_code.rows(code=lesson.code)[0].title == "Another"

    def test_query_is_built_once(self, django_assert_num_queries):
        built = []

        def build(code):
            built.append(code)
            return Lesson.objects.filter(code=code)

        statement = Statement(build)

        with django_assert_num_queries(3):
            for code in ("a", "b", "c"):
                statement.rows(code=code)
        assert len(built) == 1

    def test_moments_and_days_are_compared_as_django_does(self):
        (lesson,) = lessons(1)
        begun = Statement(lambda at: Lesson.objects.filter(starts_at__lte=at))
        on_day = Statement(lambda day: Lesson.objects.filter(starts_at__date=day))
        start = lesson.starts_at

        assert begun.rows(at=start) == [lesson]
        assert begun.rows(at=start - dt.timedelta(microseconds=1)) == []
        assert on_day.rows(day=timezone.localdate(start)) == [lesson]
        assert on_day.rows(day=timezone.localdate(start) - dt.timedelta(days=1)) == []

    def test_list_may_be_of_texts(self):
        first, second, _third = lessons(3)
        by_codes = Statement(lambda codes: Lesson.objects.filter(code__in=codes))

        assert set(by_codes.rows(codes=[first.code, second.code])) == {first, second}

    def test_values_are_text_to_the_database_whatever_they_hold(self):
        (lesson,) = lessons(1)
        titled = Statement(lambda title: Lesson.objects.filter(title=title))
        for title in ("' OR ''='", "100%", "%s", "a;b"):
            Lesson.objects.update(title=title)

            assert titled.rows(title=title) == [lesson]

    def test_constants_of_the_query_stay(self):
        drafts = Statement(lambda code: Lesson.objects.filter(code=code, state="draft"))
        draft, published = LessonFactory.create(is_draft=True), LessonFactory.create()

        assert drafts.rows(code=draft.code) == [draft]
        assert drafts.rows(code=published.code) == []

    def test_columns_of_joined_models_come_along(self, django_assert_num_queries):
        lesson = LessonFactory.create()
        with_teacher = Statement(
            lambda code: Lesson.objects.filter(code=code).select_related("teacher", "course")
        )
        with_teacher.rows(code="first")

        with django_assert_num_queries(1):
            (found,) = with_teacher.rows(code=lesson.code)
            names = found.teacher.username, found.course.name
        assert names == (lesson.teacher.username, lesson.course.name)

    def test_moments_in_rows_are_aware(self):
        (lesson,) = lessons(1)
        starts = Statement(
            lambda code: Lesson.objects.filter(code=code).values_list("pk", "starts_at")
        )

        assert starts.rows(code=lesson.code) == [(lesson.pk, lesson.starts_at)]

    def test_join_that_finds_nothing_gives_none(self):
        (lesson,) = lessons(1)
        rooms = Statement(
            lambda code: Lesson.objects.filter(code=code).values_list("rooms__room_id")
        )

        assert rooms.rows(code=lesson.code) == [(None,)]


class TestLists:
    @pytest.mark.parametrize("wanted", range(1, 6))
    def test_as_many_are_found_as_were_named(self, wanted):
        found = lessons(5)

        titles = TITLES.rows(lesson_ids=[lesson.pk for lesson in found[:wanted]])

        assert titles == [f"Lesson {each}" for each in range(wanted)]

    def test_empty_list_finds_nothing_and_asks_nothing(self, django_assert_num_queries):
        lessons(1)

        with django_assert_num_queries(0):
            assert TITLES.rows(lesson_ids=[]) == []

    def test_lengths_up_to_the_next_power_of_two_share_one_text(self):
        built = []

        def build(lesson_ids):
            built.append(len(lesson_ids))
            return Lesson.objects.filter(pk__in=lesson_ids)

        statement = Statement(build)
        for length in range(1, 17):
            statement.rows(lesson_ids=list(range(length)))

        # The first is built without any value too, to see that it finds nothing then.
        assert built == [0, 1, 2, 4, 8, 16]


OCCUPATIONS = Occupation.objects.filter(lesson=OuterRef("pk"))

INDECISIVE = {
    "exclude": lambda pks: Lesson.objects.exclude(pk__in=pks),
    "not": lambda pks: Lesson.objects.filter(~Q(pk__in=pks), state="draft"),
    "or": lambda pks: Lesson.objects.filter(Q(pk__in=pks) | Q(state="draft")),
    "not in a subquery": lambda pks: Lesson.objects.filter(
        pk__in=Lesson.objects.exclude(pk__in=pks).values("pk")
    ),
    "not exists": lambda pks: Lesson.objects.exclude(
        Exists(OCCUPATIONS.filter(class_group__in=pks))
    ),
    "column": lambda pks: Lesson.objects.annotate(
        is_taken=Exists(OCCUPATIONS.filter(class_group__in=pks))
    ),
    # Decisive, but Django does not follow that an empty subquery exists nowhere.
    "exists": lambda pks: Lesson.objects.filter(Exists(OCCUPATIONS.filter(class_group__in=pks))),
    "one half of a union": lambda pks: Lesson.objects.filter(pk__in=pks).union(
        Lesson.objects.filter(state="draft")
    ),
}
DECISIVE = {
    "condition": lambda pks: Lesson.objects.filter(pk__in=pks),
    "condition beside an exclude": lambda pks: Lesson.objects.filter(pk__in=pks).exclude(
        pk__in=pks
    ),
    "not not": lambda pks: Lesson.objects.filter(~Q(~Q(pk__in=pks))),
    "both sides of an or": lambda pks: Lesson.objects.filter(
        Q(pk__in=pks) | Q(pk__in=pks, state="draft")
    ),
    "subquery": lambda pks: Lesson.objects.filter(
        pk__in=Lesson.objects.filter(pk__in=pks).values("pk")
    ),
}


class TestListWithoutWhichRowsAreFound:
    @pytest.mark.parametrize("build", INDECISIVE.values(), ids=INDECISIVE)
    @pytest.mark.parametrize("pks", [[1], []], ids=["filled", "empty"])
    def test_it_is_refused_when_the_statement_is_written(self, build, pks):
        with pytest.raises(ValueError, match="name it in never_empty"):
            Statement(build).rows(pks=pks)

    @pytest.mark.parametrize("build", DECISIVE.values(), ids=DECISIVE)
    def test_it_is_taken_where_every_row_meets_a_condition_with_it(self, build):
        statement = Statement(build)
        lessons(1)

        statement.rows(pks=[NO_KEY])

        assert statement.rows(pks=[]) == []

    def test_one_list_does_not_answer_for_another(self):
        statement = Statement(
            lambda pks, but: Lesson.objects.filter(pk__in=pks).exclude(pk__in=but)
        )

        with pytest.raises(ValueError, match="without any of but"):
            statement.rows(pks=[1], but=[1])

    def test_it_is_taken_where_it_is_declared_never_empty(self):
        first, second = lessons(2)
        others = Statement(INDECISIVE["exclude"], never_empty=["pks"])

        assert others.rows(pks=[first.pk]) == [second]
        assert set(others.rows(pks=[NO_KEY])) == {first, second}

    def test_declared_list_that_is_empty_all_the_same_is_refused(self):
        others = Statement(INDECISIVE["exclude"], never_empty=["pks"])

        with pytest.raises(ValueError, match="Never empty"):
            others.rows(pks=[])


class TestFirst:
    def test_nothing_found_is_none(self):
        assert Statement(lambda code: Lesson.objects.filter(code=code)).first(code="x") is None


class TestAsSubquery:
    def test_it_narrows_another_query(self):
        teacher = UserFactory.create()
        theirs, _draft = (
            LessonFactory.create(teacher=teacher, is_draft=is_draft) for is_draft in (False, True)
        )
        LessonFactory.create()
        taught = Statement(
            lambda teacher_id: Lesson.objects.filter(teacher=teacher_id).values("pk")
        )

        wanted = Lesson.objects.filter(pk__in=taught.as_subquery(teacher_id=teacher.pk))

        assert wanted.count() == 2
        assert list(wanted.filter(state="published")) == [theirs]


@pytest.mark.django_db(transaction=True)
def test_threads_that_ask_at_once_get_their_own_answers():
    found = lessons(20)
    by_code = Statement(lambda code: Lesson.objects.filter(code=code))

    answers = all_at_once(lambda lesson: by_code.rows(code=lesson.code), found)

    assert answers == [[lesson] for lesson in found]
