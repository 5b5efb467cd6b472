"""Rooms of lessons whose courseware is replaced by a newer version."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import User
from classroom.client import documents
from classroom.client.errors import CloudUnavailable
from courseware.models import Binding, Courseware
from courseware.services.binding import bind, change_binding
from courseware.services.binding_sync import sync_bindings
from courseware.services.deletion import delete, finish_deletions
from courseware.services.due_bindings import AFTER_THE_END, differing
from courseware.services.versions import take_over_ready
from schedule.enums import CloudStatus
from schedule.models import Lesson, Room
from tests.support.binding import at_lesson, bound_in, in_cloud
from tests.support.cloud import LocalCloud
from tests.support.cloudcalls import make_quick
from tests.support.versions import stand_beside

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("storage")]

HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def _quick_cloud_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    make_quick(monkeypatch, read_timeout_s=5.0)


@pytest.fixture
def picture(lesson: Lesson, room: Room, teacher: User) -> Courseware:
    """A picture that the room of the cast's lesson has."""
    picture = in_cloud(teacher, "图.png")
    bind(courseware=picture, lesson=lesson)
    sync_bindings(timezone.now())
    return picture


def replace(picture: Courseware) -> Courseware:
    """Put a newer version in its place; return the row that holds what was replaced."""
    assert picture.owner is not None
    version = stand_beside(in_cloud(picture.owner, "新.png"), picture)
    take_over_ready(timezone.now())
    picture.refresh_from_db()
    version.refresh_from_db()
    return version


def sync_all() -> None:
    Binding.objects.filter(due_at__isnull=False).update(due_at=timezone.now())
    sync_bindings(timezone.now())


def start(room: Room) -> None:
    Room.objects.filter(pk=room.pk).update(cloud_status=CloudStatus.RUNNING)


def ids_in(cloud: LocalCloud, room: Room) -> list[str]:
    return [document_id for document_id, _type in bound_in(cloud, room)]


def ids_kept(cloud: LocalCloud) -> set[str]:
    return {each["DocumentId"] for each in cloud.documents()}


def test_a_room_not_begun_gets_the_new_one_and_the_old_document_is_deleted(
    picture: Courseware, room: Room, local_cloud: LocalCloud
):
    old = replace(picture)

    finish_deletions(timezone.now())
    before = ids_kept(local_cloud)
    sync_bindings(timezone.now())
    finish_deletions(timezone.now() + HOUR)

    assert before == {picture.document_id, old.document_id}
    assert ids_in(local_cloud, room) == [picture.document_id]
    assert ids_kept(local_cloud) == {picture.document_id}


def test_a_class_that_runs_keeps_the_old_one_to_its_end(
    picture: Courseware, lesson: Lesson, room: Room, local_cloud: LocalCloud
):
    start(room)
    old = replace(picture)

    sync_all()
    change_binding(
        at_lesson(lesson, picture), is_shown_at_once=True, release="never", at=timezone.now()
    )
    sync_all()
    finish_deletions(timezone.now())
    during = bound_in(local_cloud, room), ids_kept(local_cloud)
    Room.objects.filter(pk=room.pk).update(cloud_status=CloudStatus.ENDED)
    finish_deletions(timezone.now() + HOUR)

    # Shown at once since somebody chose that, and still the one with which the class began.
    assert during == ([(old.document_id, 1)], {picture.document_id, old.document_id})
    assert ids_kept(local_cloud) == {picture.document_id}


def test_what_a_running_class_keeps_is_no_difference_at_every_run(
    picture: Courseware, lesson: Lesson, room: Room, local_cloud: LocalCloud
):
    start(room)
    replace(picture)
    sync_all()

    assert differing(timezone.now()) == []
    assert at_lesson(lesson, picture).due_at is None


def test_what_a_running_class_gets_anew_is_the_new_one(
    lesson: Lesson, room: Room, teacher: User, local_cloud: LocalCloud
):
    picture = in_cloud(teacher, "图.png")
    start(room)
    replace(picture)

    bind(courseware=picture, lesson=lesson)
    sync_all()

    assert ids_in(local_cloud, room) == [picture.document_id]


def test_a_change_that_was_not_answered_as_the_class_began_is_carried_through(
    picture: Courseware, room: Room, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
):
    """The old one may have been taken out: it is not taken for granted."""
    replace(picture)
    unbind = documents.unbind_document

    def unbind_and_hear_nothing(*args: object) -> None:
        unbind(*args)  # type: ignore[arg-type] # as it was called
        raise CloudUnavailable("UnbindDocumentFromRoom", "timed out", outcome_is_known=False)

    monkeypatch.setattr(documents, "unbind_document", unbind_and_hear_nothing)
    sync_all()
    monkeypatch.setattr(documents, "unbind_document", unbind)
    start(room)
    sync_all()

    assert ids_in(local_cloud, room) == [picture.document_id]


def test_a_room_in_which_no_class_was_held_keeps_no_document(
    picture: Courseware, lesson: Lesson, room: Room, local_cloud: LocalCloud
):
    replace(picture)
    ended_at = timezone.now() - AFTER_THE_END
    Lesson.objects.filter(pk=lesson.pk).update(starts_at=ended_at - HOUR, ends_at=ended_at)

    finish_deletions(timezone.now() + HOUR)

    assert ids_kept(local_cloud) == {picture.document_id}


def test_deleting_takes_the_old_one_out_of_a_running_class_first(
    picture: Courseware, room: Room, local_cloud: LocalCloud
):
    start(room)
    replace(picture)
    delete(picture, at=timezone.now())

    finish_deletions(timezone.now())
    waiting = len(ids_kept(local_cloud))
    sync_all()
    finish_deletions(timezone.now() + HOUR / 2)

    assert waiting == 2
    assert (ids_in(local_cloud, room), ids_kept(local_cloud)) == ([], set())
    assert Courseware.objects.count() == 0
