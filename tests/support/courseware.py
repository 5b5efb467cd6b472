"""Courseware on its way through the local cloud, as tests need it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from courseware.models import Courseware, Submission
from courseware.services.creating import create_courseware
from courseware.services.transcoding import submit_and_poll
from tests.localcloud import coursefiles
from tests.support.cloud import LocalCloud

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0"


def upload(
    owner: User, name: str = "第一课.pdf", content: bytes | None = None, **more: Any
) -> Courseware:
    """A file that was uploaded just now: a PDF of one page, unless told otherwise."""
    content = coursefiles.pdf() if content is None else content
    file = ContentFile(content, name=name)
    return create_courseware(owner=owner, filename=name, file=file, at=timezone.now(), **more)


def run() -> None:
    """Let a worker hand in and ask now, whenever the next question was planned."""
    Courseware.objects.exclude(due_at=None).update(due_at=timezone.now())
    submit_and_poll(timezone.now())


def bring(courseware: Courseware, cloud: LocalCloud) -> Courseware:
    """Hand a file in, wait for its transcode, and ask what became of it."""
    run()
    courseware.refresh_from_db()
    if courseware.document_id and courseware.is_transcoded:
        cloud.transcoded(courseware.document_id)
        run()
    courseware.refresh_from_db()
    return courseware


def standing(courseware: Courseware) -> tuple[str, str]:
    """State and, of what failed, why."""
    courseware.refresh_from_db()
    return courseware.state, courseware.failure


def wait_of(courseware: Courseware, since: dt.datetime) -> dt.timedelta | None:
    courseware.refresh_from_db()
    return None if courseware.due_at is None else courseware.due_at - since


def pass_over_calls(by: dt.timedelta) -> None:
    """Let so much time go by since the calls that were not answered."""
    Submission.objects.update(called_at=F("called_at") - by, due_at=F("due_at") - by)


def until_the_end(courseware: Courseware) -> None:
    """Let workers run each time that it is due."""
    for _count in range(10):
        submit_and_poll(timezone.now())
        courseware.refresh_from_db()
        if courseware.due_at is None:
            return
        shift(courseware, courseware.due_at - timezone.now())
    pytest.fail(f"still on its way: {standing(courseware)}")


def shift(courseware: Courseware, by: dt.timedelta) -> None:
    """Move all times of a file into the past, as if so much time had gone by."""
    courseware.refresh_from_db()
    names = ("state_since", "due_at", "unreachable_since", "asked_at", "submitted_at")
    moved = {name: value - by for name in names if (value := getattr(courseware, name)) is not None}
    Courseware.objects.filter(pk=courseware.pk).update(**moved)


def created(cloud: LocalCloud) -> list[dict[str, Any]]:
    """The calls by which documents were to be made."""
    return cloud.calls(action="CreateDocument")


def content_of(courseware: Courseware) -> bytes:
    with courseware.file.open() as file:
        return bytes(file.read())
