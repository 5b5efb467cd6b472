"""Many who change the courseware of the same lessons at once: nobody waits for ever, nothing is lost."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from classroom.client import documents
from classroom.client.rate_limits import Priority
from classroom.enums import Source
from courseware.models import Binding, CourseBinding, Courseware
from courseware.services import deletion
from courseware.services.binding import bind, reorder, unbind
from courseware.services.binding_sync import sync_bindings
from courseware.services.course_binding import bind_to_course, follow_lessons, unbind_from_course
from courseware.services.documents import save_document
from schedule.lessons.change import change_lesson
from schedule.lessons.locks import lock_lessons
from schedule.models import Lesson
from schedule.rooms.ahead import make_rooms_ahead
from tests.factories.schedule import LessonFactory, school_time
from tests.support.binding import bound_in, in_cloud, names_of
from tests.support.classes import known
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.lessons import changed
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)

LESSONS = 5
TIMES = 3


@pytest.fixture
def planned(
    local_cloud: LocalCloud, teacher: User, monkeypatch: pytest.MonkeyPatch
) -> list[Lesson]:
    """Lessons of one course with rooms, the later ones made first: no order is that of the ids."""
    if connection.vendor == "sqlite":
        pytest.skip("on SQLite transactions that write come one after the other anyway")
    make_quick(monkeypatch, read_timeout_s=10.0)
    first = LessonFactory.create(starts_at=school_time(LESSONS, 8), teacher=teacher)
    later = [
        LessonFactory.create(course=first.course, starts_at=school_time(day, 8), teacher=teacher)
        for day in range(LESSONS - 1, 0, -1)
    ]
    make_rooms_ahead(timezone.now())
    return [first, *later]


def keep_in_course(courseware: Courseware, planned: list[Lesson]) -> None:
    for _time in range(TIMES):
        unbind_from_course([to_course(courseware, planned)], at=timezone.now())
        to_course(courseware, planned)


def let_go_of_course(courseware: Courseware, planned: list[Lesson]) -> None:
    for _time in range(TIMES):
        unbind_from_course([to_course(courseware, planned)], at=timezone.now())


def to_course(courseware: Courseware, planned: list[Lesson]) -> CourseBinding:
    return bind_to_course(courseware=courseware, course=planned[0].course, at=timezone.now())


def take_out_and_in(courseware: Courseware, planned: list[Lesson]) -> None:
    for _time in range(TIMES):
        for lesson in planned:
            unbind(bind(courseware=courseware, lesson=lesson), at=timezone.now())
            bind(courseware=courseware, lesson=lesson)
            reorder(lesson, [courseware.code])


def delete(courseware: Courseware, planned: list[Lesson]) -> None:
    for lesson in reversed(planned):
        bind(courseware=courseware, lesson=lesson)
    deletion.delete(courseware, at=timezone.now())


def plan_again(_courseware: Courseware, planned: list[Lesson]) -> None:
    for time in range(TIMES):
        with transaction.atomic():
            lock_lessons(planned)
            for lesson in reversed(planned):
                lesson.refresh_from_db()
                change_lesson(lesson, changed(lesson, title=f"第{time}次"))
        follow_lessons([lesson.pk for lesson in reversed(planned)])


def carry(_courseware: Courseware, _planned: list[Lesson]) -> None:
    for _time in range(TIMES):
        sync_bindings(timezone.now())


def test_nobody_waits_for_ever_and_the_last_word_counts(
    planned: list[Lesson], teacher: User, local_cloud: LocalCloud
):
    kept, let_go, own, deleted = (in_cloud(teacher, f"{letter}.png") for letter in "abcd")
    works = [
        *((keep_in_course, kept), (let_go_of_course, let_go), (take_out_and_in, own)),
        *((delete, deleted), (plan_again, own), (carry, own), (carry, own)),
    ]

    all_at_once(lambda work: work[0](work[1], planned), works)

    sync_all()
    in_class = {
        lesson.pk: [document for document, _type in bound_in(local_cloud, lesson.rooms.get())]
        for lesson in planned
    }
    documents = {"a.png": kept.document_id, "c.png": own.document_id}
    assert [sorted(names_of(lesson)) for lesson in planned] == [["a.png", "c.png"]] * LESSONS
    assert in_class == {
        lesson.pk: [documents[name] for name in names_of(lesson)] for lesson in planned
    }
    assert set(Binding.objects.values_list("lease_token", flat=True)) == {""}
    assert Binding.objects.exclude(courseware__in=[kept, own]).count() == 0


def sync_all() -> None:
    for _time in range(3):
        Binding.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
        sync_bindings(timezone.now())


def test_document_that_becomes_ready_waits_for_nobody_who_changes_a_binding(
    planned: list[Lesson], teacher: User
):
    courseware = in_cloud(teacher, "a.png")
    held, free = (bind(courseware=courseware, lesson=lesson) for lesson in planned[:2])
    later = timezone.now() + dt.timedelta(hours=1)
    Binding.objects.update(due_at=later)
    told = documents.describe_document(courseware.document_id, Priority.BACKGROUND)
    details = replace(known(told), state=documents.DONE)

    def save(pk: int) -> None:
        save_document(
            pk,
            details,
            document_id=details.document_id,
            asked_at=timezone.now(),
            source=Source.POLL,
        )

    with transaction.atomic():
        Binding.objects.select_for_update(no_key=True).get(pk=held.pk)
        all_at_once(save, [courseware.pk])

    due = Binding.objects.filter(due_at__lt=later)
    assert list(due.values_list("pk", flat=True)) == [free.pk]
