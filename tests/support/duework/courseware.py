"""Due work of courseware: to the cloud, into rooms, out of everything, and what is left of it."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Notice
from courseware.enums import BindTrouble, CoursewareState
from courseware.models import (
    Binding,
    CourseBinding,
    Courseware,
    DiscardedDocument,
    Submission,
    Upload,
)
from courseware.services.binding_sync import sync_bindings
from courseware.services.deletion import delete, finish_deletions
from courseware.services.lost_documents import LOOKED_FOR
from courseware.services.orphan_files import FOLDER, KEPT_FOR, remove_orphan_files
from courseware.services.readiness import tell_of_unready
from courseware.services.transcoding import submit_and_poll
from courseware.services.uploads import remove_expired_uploads
from schedule.models import Lesson
from tests.factories.accounts import UserFactory
from tests.factories.courseware import BindingFactory, CoursewareFactory, UploadFactory
from tests.support.binding import in_cloud
from tests.support.classes import make_room
from tests.support.cloud import LocalCloud
from tests.support.courseware import PNG
from tests.support.duework.case import HOUR, DueCase
from tests.support.duework.schedule import two_lessons


def is_row(odd: Any, row: Any, *_more: Any, **_options: Any) -> bool:
    return bool(odd.pk == row.pk)


def now(courseware: Courseware) -> Courseware:
    return Courseware.objects.get(pk=courseware.pk)


def two_files(**columns: Any) -> tuple[Courseware, Courseware]:
    odd, sound = CoursewareFactory.create_batch(2, suffix="png", **columns)
    return odd, sound


def two_to_be_submitted(_cloud: LocalCloud) -> tuple[Courseware, Courseware]:
    return two_files(
        content=PNG,
        state=CoursewareState.QUEUED,
        document_id="",
        result_url="",
        due_at=timezone.now(),
    )


def two_to_be_asked_about(_cloud: LocalCloud) -> tuple[Courseware, Courseware]:
    odd, sound = (in_cloud(UserFactory.create(), f"{letter}.png") for letter in "ab")
    Courseware.objects.update(
        state=CoursewareState.TRANSCODING, due_at=timezone.now(), result_url=""
    )
    return odd, sound


def two_stuck(_cloud: LocalCloud) -> tuple[Courseware, Courseware]:
    since = timezone.now() - 24 * HOUR
    return two_files(state=CoursewareState.TRANSCODING, state_since=since)


def two_to_be_bound(_cloud: LocalCloud) -> tuple[Binding, Binding]:
    lessons = two_lessons()
    for lesson in lessons:
        make_room(lesson)
    odd, sound = (
        BindingFactory.create(
            lesson=lesson,
            courseware=in_cloud(lesson.teacher, f"{lesson.pk}.png"),
            due_at=timezone.now(),
        )
        for lesson in lessons
    )
    return odd, sound


def two_to_be_refused(cloud: LocalCloud) -> tuple[Binding, Binding]:
    bindings = two_to_be_bound(cloud)
    cloud.switch("BindDocumentToRoom", "fail", code="InvalidParameter")
    return bindings


def is_about_room_of(odd: Binding, number: int, *_more: Any, **_options: Any) -> bool:
    return odd.lesson.rooms.get().room_id == number


def two_without_what_their_course_brings(_cloud: LocalCloud) -> tuple[Lesson, Lesson]:
    lessons = two_lessons()
    for lesson in lessons:
        CourseBinding.objects.create(courseware=CoursewareFactory.create(), course=lesson.course)
    return lessons


def two_deleted(_cloud: LocalCloud) -> tuple[Courseware, Courseware]:
    files = two_files(content=PNG, document_id="")
    for courseware in files:
        delete(courseware, at=timezone.now())
    return files


def is_gone(row: Any) -> bool:
    return not type(row)._base_manager.filter(pk=row.pk).exists()


def two_discarded(_cloud: LocalCloud) -> tuple[DiscardedDocument, DiscardedDocument]:
    odd, sound = (
        DiscardedDocument.objects.create(document_id=document_id, due_at=timezone.now())
        for document_id in ("one", "two")
    )
    return odd, sound


def two_lost(_cloud: LocalCloud) -> tuple[Submission, Submission]:
    """Calls without an answer, of two people, whose documents nobody waits for any more."""
    odd, sound = (
        Submission.objects.create(
            number=1,
            url=f"https://school.example/{owner}",
            owner_user_id=owner,
            called_at=timezone.now() - LOOKED_FOR - HOUR,
        )
        for owner in ("one", "two")
    )
    return odd, sound


def two_expired(_cloud: LocalCloud) -> tuple[Upload, Upload]:
    odd, sound = UploadFactory.create_batch(2, expires_at=timezone.now() - HOUR)
    return odd, sound


def two_left_over(_cloud: LocalCloud) -> tuple[str, str]:
    """Names of old files of which nobody knows, and no others: a run looks at so many folders at most."""
    shutil.rmtree(default_storage.path(FOLDER), ignore_errors=True)
    odd, sound = (
        default_storage.save(f"{FOLDER}/{code}/a.png", ContentFile(PNG)) for code in ("one", "two")
    )
    for name in (odd, sound):
        for path in (Path(default_storage.path(name)), Path(default_storage.path(name)).parent):
            # By the disk's own clock.
            long_ago_s = path.stat().st_mtime - (KEPT_FOR + HOUR).total_seconds()
            os.utime(path, (long_ago_s, long_ago_s))
    return odd, sound


def two_with_unready_courseware(_cloud: LocalCloud) -> tuple[Lesson, Lesson]:
    odd, sound = (
        BindingFactory.create(
            lesson=lesson,
            courseware__state=CoursewareState.TRANSCODING,
            courseware__uploaded_at=timezone.now() - dt.timedelta(days=2),
        ).lesson
        for lesson in two_lessons(starts_at=timezone.now() + 6 * HOUR)
    )
    return odd, sound


def carry() -> None:
    sync_bindings(timezone.now())


def bring() -> None:
    submit_and_poll(timezone.now())


def finish() -> None:
    finish_deletions(timezone.now())


CASES = (
    DueCase(
        "courseware to be handed in",
        make=two_to_be_submitted,
        breaks="courseware.services.transcoding.submit",
        is_about=is_row,
        run=bring,
        is_done=lambda courseware: now(courseware).document_id != "",
    ),
    DueCase(
        "courseware to be asked about",
        make=two_to_be_asked_about,
        breaks="courseware.services.transcoding.save_document",
        is_about=lambda odd, pk, *_more, **_options: odd.pk == pk,
        run=bring,
        is_done=lambda courseware: now(courseware).asked_at is not None,
    ),
    DueCase(
        "courseware that is stuck",
        make=two_stuck,
        breaks="courseware.services.transcoding.notify_owner_of_failure",
        is_about=is_row,
        run=bring,
        is_done=lambda courseware: now(courseware).state == CoursewareState.FAILED,
    ),
    DueCase(
        "courseware to be bound to rooms",
        make=two_to_be_bound,
        breaks="classroom.client.documents.bind_document",
        is_about=is_about_room_of,
        run=carry,
        is_done=lambda binding: Binding.objects.get(pk=binding.pk).bound_position is not None,
    ),
    DueCase(
        "courseware whose refusal by a room is to be noted",
        make=two_to_be_refused,
        breaks="courseware.services.binding_sync._handle_refusal",
        is_about=is_row,
        run=carry,
        is_done=lambda row: Binding.objects.get(pk=row.pk).trouble == BindTrouble.REFUSED,
    ),
    DueCase(
        "lessons that lack what their course brings",
        make=two_without_what_their_course_brings,
        breaks="courseware.services.course_binding._bring",
        is_about=is_row,
        run=carry,
        is_done=lambda lesson: Binding.objects.filter(lesson=lesson).exists(),
    ),
    DueCase(
        "courseware to be deleted",
        make=two_deleted,
        breaks="courseware.services.deletion.delete_thumbnail",
        is_about=is_row,
        run=finish,
        is_done=is_gone,
    ),
    DueCase(
        "documents to be deleted in the cloud",
        make=two_discarded,
        breaks="classroom.client.documents.delete_document",
        is_about=lambda odd, document_id, _urgency: odd.document_id == document_id,
        run=finish,
        is_done=is_gone,
    ),
    DueCase(
        "documents whose making was not answered",
        make=two_lost,
        breaks="classroom.client.documents.documents_of",
        is_about=lambda odd, owner_user_id, _urgency: odd.owner_user_id == owner_user_id,
        run=finish,
        is_done=is_gone,
    ),
    DueCase(
        "uploads that nobody went on with",
        make=two_expired,
        breaks="courseware.services.uploads.delete_folder",
        is_about=lambda odd, code: odd.code == code,
        run=lambda: remove_expired_uploads(timezone.now()),
        is_done=is_gone,
    ),
    DueCase(
        "files that no row knows",
        make=two_left_over,
        breaks="courseware.services.orphan_files._remove_old_files",
        is_about=lambda odd, folder, _before: odd.startswith(folder),
        run=lambda: remove_orphan_files(timezone.now()),
        is_done=lambda name: not default_storage.exists(name),
    ),
    DueCase(
        "lessons with courseware that is not ready",
        make=two_with_unready_courseware,
        breaks="courseware.services.readiness.notify",
        is_about=lambda odd, **facts: facts["user"] == odd.teacher,
        run=lambda: tell_of_unready(timezone.now()),
        is_done=lambda lesson: Notice.objects.filter(user=lesson.teacher).exists(),
    ),
)
