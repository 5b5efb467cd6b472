from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from courseware.kept_kinds import UPLOADS
from courseware.services import (
    binding_sync,
    deletion,
    editing,
    orphan_files,
    readiness,
    transcoding,
)
from edu_platform.lib.keeping_times import forget


@shared_task(name="courseware.submit_and_poll")
def submit_and_poll() -> None:
    """Submit waiting courseware, and poll what was submitted."""
    transcoding.submit_and_poll(timezone.now())


@shared_task(name="courseware.finish_deletions")
def finish_deletions() -> None:
    """Delete in the cloud and off the storage what people have deleted."""
    deletion.finish_deletions(timezone.now())


@shared_task(name="courseware.sync_bindings")
def sync_bindings() -> None:
    """Bring the courseware of lessons into the rooms of their classes, and out of them."""
    binding_sync.sync_bindings(timezone.now())


@shared_task(name="courseware.tell_of_unready")
def tell_of_unready() -> None:
    """Tell teachers whose lesson is near and has courseware that is not ready."""
    readiness.tell_of_unready(timezone.now())


@shared_task(name="courseware.remove_expired_uploads")
def remove_expired_uploads() -> None:
    """Clear away uploads that nobody went on with."""
    forget(UPLOADS, timezone.now())


@shared_task(name="courseware.remove_orphan_files")
def remove_orphan_files() -> None:
    """Clear away files that never became courseware, because the process that stored them was killed."""
    orphan_files.remove_orphan_files(timezone.now())


@shared_task(name="courseware.remove_unused_tags")
def remove_unused_tags() -> None:
    """Clear away tags that nothing has any more."""
    editing.remove_unused_tags()
