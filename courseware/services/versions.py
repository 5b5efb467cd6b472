"""Newer versions of courseware: beside it until they are ready, then in its place.

Everything that names courseware (bindings, pages, links) names its row. So a version that is ready
exchanges its file and document with that row; what was replaced then lies in the other one, until no class
has it (`deletion`), and stays there as history without a file. Numbers of calls and codes are not
exchanged: the addresses from which the cloud fetches files are made of them, and no two may be the same.

Rows are locked in the order of their keys: courseware is older than its versions.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db import transaction

from courseware.enums import CoursewareState
from courseware.exceptions import OtherType, ReplacedGone
from courseware.filetypes.file_names import name_with_other_suffix
from courseware.filetypes.formats import Format
from courseware.models import Courseware
from courseware.services.documents import (
    disown_submissions,
    requeue_bindings,
    usual_transcode_type,
)
from edu_platform.lib.due import Rules, each
from edu_platform.lib.leases import LEASE_ENDED
from edu_platform.lib.queueing import enqueue_on_commit
from edu_platform.lib.secret_tokens import make_secret_token

# What goes with the file. Name, owner, tags and uses belong to the courseware.
EXCHANGED = (
    *("file", "filename", "suffix", "kind", "size_bytes", "sha256", "uploaded_at", "uploaded_by"),
    *("transcode_type", "document_id", "state", "state_since", "percent", "failure"),
    *("cloud_reason", "pages", "result_url", "cover_url", "fetch_token", "submitted_at"),
    *("asked_because", "last_error"),
)
NOBODY_WORKS: dict[str, Any] = {"unreachable_since": None, "attempts": 0, **LEASE_ENDED}
TAKEN_A_RUN = 200
# The database alone is asked.
TAKING_OVER = Rules(name="newer versions that are ready", limit_s=math.inf)


def require_same_type(courseware: Courseware, form: Format) -> None:
    """Check that a file of this format may replace courseware.

    Raises:
        OtherType: the cloud would make something else of it.
    """
    usual = usual_transcode_type(courseware)
    if form.transcode_type != usual:
        raise OtherType(usual)


def add_version(newer: Courseware, replaced: Courseware, *, at: dt.datetime) -> None:
    """Save a newer version beside what it is to replace; one that is on its way already is given up.

    To be called in a transaction.

    Raises:
        ReplacedGone: somebody deleted the courseware meanwhile.
    """
    courseware = _locked(replaced)
    if courseware is None:
        raise ReplacedGone
    newer.version_of = courseware
    _give_up_coming(courseware, at)
    newer.save(force_insert=True)
    Courseware.objects.filter(pk=courseware.pk).update(coming=newer)


@transaction.atomic
def keep_present(courseware: Courseware, *, at: dt.datetime) -> bool:
    """Give up the newer version that is on its way; return whether there was one. Safe to repeat."""
    row = _locked(courseware)
    if row is None or row.coming_id is None:
        return False
    _give_up_coming(row, at)
    Courseware.objects.filter(pk=row.pk).update(coming=None)
    return True


def _locked(courseware: Courseware) -> Courseware | None:
    """Lock courseware, and read it as it is now; None when it was deleted."""
    rows = Courseware.objects.kept().select_for_update(of=("self",), no_key=True)
    return rows.filter(pk=courseware.pk).first()


def _give_up_coming(courseware: Courseware, at: dt.datetime) -> None:
    if courseware.coming is None:
        return
    coming = Courseware.objects.filter(pk=courseware.coming.pk, deleted_at=None)
    if coming.update(deleted_at=at, due_at=at, unreachable_since=None):
        enqueue_on_commit("courseware.finish_deletions")


def delete_versions(courseware: Courseware, *, at: dt.datetime) -> None:
    """Delete all other versions along with courseware, whose row the caller holds."""
    versions = Courseware.objects.filter(version_of=courseware, deleted_at=None)
    versions.update_in_order(deleted_at=at, due_at=at, unreachable_since=None)


def take_over_ready(at: dt.datetime) -> int:
    """Put newer versions that are ready in the place of their courseware; return how many."""
    ready = Courseware.objects.for_class().filter(
        version_of__isnull=False, state=CoursewareState.READY
    )
    pairs = ready.order_by("pk").values_list("version_of", "pk")[:TAKEN_A_RUN]

    def take_over(pair: tuple[int | None, int]) -> None:
        _take_over(*pair, at=at)

    return each(TAKING_OVER, list(pairs), take_over, at).done


@transaction.atomic
def _take_over(courseware_pk: int | None, newer_pk: int, *, at: dt.datetime) -> None:
    locked = Courseware.objects.for_class().select_for_update(of=("self",), no_key=True)
    rows = {row.pk: row for row in locked.filter(pk__in=[courseware_pk, newer_pk]).order_by("pk")}
    newer = rows.pop(newer_pk, None)
    courseware = next(iter(rows.values()), None)
    if courseware is None or newer is None:
        return
    if courseware.coming_id != newer.pk or not newer.is_ready:
        return
    name = name_with_other_suffix(courseware.name, courseware.suffix, newer.suffix)
    _exchange(courseware.pk, newer.pk)
    # Answers to earlier questions are about the other document: they count as older.
    in_place = {"name": name, "coming": None, "asked_at": at, "due_at": None}
    Courseware.objects.filter(pk=courseware.pk).update(**in_place, **NOBODY_WORKS)
    Courseware.objects.filter(pk=newer.pk).update(superseded_at=at, due_at=at, **NOBODY_WORKS)
    disown_submissions(courseware)
    disown_submissions(newer)
    requeue_bindings(courseware, at=at)
    enqueue_on_commit("courseware.sync_bindings")
    enqueue_on_commit("courseware.finish_deletions")


def _exchange(one_pk: int, other_pk: int) -> None:
    one = Courseware.objects.values(*EXCHANGED).get(pk=one_pk)
    other = Courseware.objects.values(*EXCHANGED).get(pk=other_pk)
    # No two rows may have the same document or address, even for a moment.
    Courseware.objects.filter(pk=other_pk).update(document_id="", fetch_token=make_secret_token())
    Courseware.objects.filter(pk=one_pk).update(**other)
    Courseware.objects.filter(pk=other_pk).update(**one)
