"""Courseware of lessons, and what the local cloud has of it in its rooms."""

from __future__ import annotations

from accounts.models import User
from accounts.services.registration import ensure_registered
from classroom.client import documents
from classroom.client.rate_limits import Priority
from courseware.models import Binding, Courseware
from schedule.models import Lesson, Room
from tests.factories.courseware import CoursewareFactory
from tests.support.cloud import LocalCloud


def names_of(lesson: Lesson) -> list[str]:
    bound = Binding.objects.kept().filter(lesson=lesson).in_order()
    return list(bound.values_list("courseware__name", flat=True))


def at_lesson(lesson: Lesson, courseware: Courseware) -> Binding:
    return Binding.objects.get(lesson=lesson, courseware=courseware)


def in_cloud(owner: User, name: str) -> Courseware:
    """Courseware that the cloud has, without transcoding."""
    user_id = ensure_registered(owner, Priority.BACKGROUND).classroom_user_id
    plan = documents.DocumentPlan(
        name=name,
        url=f"http://127.0.0.1:9/{name}",
        owner_user_id=user_id,
        transcode_type=0,
        is_public=False,
        suffix="png",
        size_bytes=19,
    )
    document_id = documents.create_document(plan, Priority.BACKGROUND)
    return CoursewareFactory.create(name=name, owner=owner, document_id=document_id)


def bound_in(cloud: LocalCloud, room: Room) -> list[tuple[str, int]]:
    """The documents of a room as the cloud has them, in its order, with their BindType."""
    (found,) = (each for each in cloud.rooms() if each["RoomId"] == room.room_id)
    return [(each["DocumentId"], each["BindType"]) for each in found["Documents"]]
