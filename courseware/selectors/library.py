"""Data of the courseware's pages, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from courseware import access, wording
from courseware.enums import CoursewareState, Failure, FileKind
from courseware.models import Courseware, Upload
from courseware.previews import preview_of
from courseware.selectors.lessons_showing import Uses, uses_of
from courseware.wording import Explanation
from edu_platform.lib.filter_forms import ListFilters
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.hosts import is_allowed
from edu_platform.lib.paging import Pager, pager_of
from edu_platform.lib.statements import Statement
from edu_platform.lib.versions import version_of

# What narrows the list like a state of the contract, although it is a kind of failure.
STUCK = "stuck"
# The same for what lessons need soon and is not ready, which those who read the list have found.
NEEDED = "needed"
# Long lists are truncated; show the total.
SHOWN_TWINS = 5


class Whose(models.TextChoices):
    """The owners to whose courseware the list is narrowed."""

    MINE = "mine", _("Mine")
    PUBLIC = "public", _("For all teachers")
    SCHOOL = "school", _("The school's")


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """The filters that narrow the list."""

    q: str = ""
    state: str = ""
    kind: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class GivenIn:
    """The lesson in which students got courseware."""

    code: str
    title: str
    starts_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CoursewareRow:
    """One piece of courseware as the list shows it."""

    code: str
    address: str
    name: str
    cover: str
    suffix: str
    type: str
    size: str
    pages: str
    has_pages: bool
    state: StateWords
    why: str
    # How a newer version on its way stands.
    newer: str
    is_moving: bool
    has_preview: bool
    owner: str
    audience: str
    tags: tuple[str, ...]
    uploaded_at: dt.datetime
    # For whom it was released to: the lesson by which they have it.
    given_in: GivenIn | None = None


@dataclass(frozen=True, slots=True)
class CoursewareList:
    rows: tuple[CoursewareRow, ...]
    pager: Pager
    version: str

    @property
    def is_moving(self) -> bool:
        return any(row.is_moving for row in self.rows)


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload that was begun and is not complete."""

    code: str
    filename: str
    size: str
    percent: int
    expires_at: dt.datetime
    # Code and name of the courseware of which it is to be a newer version; empty for new courseware.
    replaces: str
    replaced_name: str


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The same content, uploaded another time."""

    code: str
    name: str
    owner: str
    uploaded_at: dt.datetime


@dataclass(frozen=True, slots=True)
class StatePanel:
    """The progress in the cloud; the page refreshes itself while it changes."""

    code: str
    state: StateWords
    since: dt.datetime
    explanation: Explanation
    is_moving: bool
    # Known to the cloud only while it transcodes.
    percent: int | None
    can_be_retried: bool


@dataclass(frozen=True, slots=True)
class CoursewarePage:
    """Everything that the page of one piece of courseware shows."""

    row: CoursewareRow
    is_public: bool
    uses: Uses
    duplicates: tuple[Duplicate, ...]


def filtered(
    found: QuerySet[Courseware],
    filters: Filters,
    user: User,
    *,
    among: QuerySet[Courseware] | None = None,
) -> QuerySet[Courseware]:
    """The courseware that fits, the newest first; `among`: those that the state NEEDED means."""
    if among is not None:
        found = found.filter(pk__in=among.order_by().values("pk"))
    if filters.q:
        found = found.filter(words_fit(filters.q, user))
    if filters.state == STUCK:
        # Those that the cloud is still asked about: the others have failed.
        stuck = {"state": CoursewareState.FAILED, "failure": Failure.STUCK}
        found = found.filter(**stuck, due_at__isnull=False)
    elif filters.state and filters.state != NEEDED:
        found = found.filter(state=filters.state)
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.owner == Whose.MINE:
        found = found.filter(owner=user)
    elif filters.owner == Whose.PUBLIC:
        found = found.filter(is_public=True)
    elif filters.owner == Whose.SCHOOL:
        found = found.filter(owner=None)
    return found.order_by("-uploaded_at", "-pk")


def words_fit(q: str, user: User) -> Q:
    """Courseware with these words in its name or tags.

    For those who see everybody's, also in its owner's name.
    """
    # A subquery: a join would list courseware once for each tag that fits.
    tagged = Courseware.tags.through.objects.filter(tag__name__icontains=q).values("courseware")
    fit = Q(name__icontains=q) | Q(pk__in=tagged)
    if access.sees_all_courseware(user):
        fit |= Q(owner__display_name__icontains=q) | Q(owner__username__icontains=q)
    return fit


def courseware_list(
    user: User,
    filters: Filters,
    *,
    number: int,
    page_size: int,
    path: str,
    at: dt.datetime,
    among: QuerySet[Courseware] | None = None,
) -> CoursewareList:
    """One page of the courseware that fits; a number too far stands for the last page."""
    found = filtered(access.courseware_for(user), filters, user, among=among)
    page = Paginator(found.select_related("owner", "coming"), page_size).get_page(number)
    on_page = list(page.object_list)
    rows = rows_of(on_page, at=at)
    if access.is_recipient(user):
        given = given_in([row.code for row in rows], user, at)
        rows = tuple(replace(row, given_in=given.get(row.code)) for row in rows)
    return CoursewareList(
        rows=rows,
        pager=pager_of(page, path=path, query=filters.as_query()),
        version=state_version(on_page, at=at),
    )


def state_version(shown: Iterable[Courseware], *, at: dt.datetime) -> str:
    """The version of what pages show of these while the cloud works on them."""
    return version_of(
        [
            (
                *(courseware.name, courseware.pages, courseware.is_public),
                *(cover_of(courseware), preview_of(courseware)),
                wording.short_reason(courseware, at),
                state_panel_of(courseware, at=at),
                newer_panel_of(courseware, at=at),
            )
            for courseware in shown
        ]
    )


def rows_version(
    user: User,
    filters: Filters,
    *,
    page: slice,
    at: dt.datetime,
    among: QuerySet[Courseware] | None = None,
) -> str:
    """The version of the rows of one page of the list; two queries."""
    found = filtered(access.courseware_for(user), filters, user, among=among)
    return state_version(found.select_related("coming")[page], at=at)


_OPEN_UPLOADS = Statement(
    lambda user_id, at: (
        Upload.objects.filter(owner=user_id)
        .open(at=at)
        .select_related("replaces")
        .order_by("-created_at", "-pk")
    )
)
_TAGS = Statement(
    lambda ids: Courseware.tags.through.objects.filter(courseware__pk__in=ids).values_list(
        "courseware", "tag__name"
    )
)


def open_uploads(user: User, *, at: dt.datetime) -> list[UploadRow]:
    """The person's unfinished uploads."""
    return [
        UploadRow(
            code=upload.code,
            filename=upload.filename,
            size=wording.file_size_text(upload.length_bytes),
            percent=100 * upload.offset_bytes // upload.length_bytes,
            expires_at=upload.expires_at,
            replaces=upload.replaces.code if upload.replaces else "",
            replaced_name=upload.replaces.name if upload.replaces else "",
        )
        for upload in _OPEN_UPLOADS.rows(user_id=user.pk, at=at)
    ]


def rows_of(shown: Sequence[Courseware], *, at: dt.datetime) -> tuple[CoursewareRow, ...]:
    """Return the rows of a list for these; one query, for their tags."""
    tags: dict[int, list[str]] = defaultdict(list)
    for courseware_id, name in _TAGS.rows(ids=[each.pk for each in shown]):
        tags[courseware_id].append(name)
    return tuple(_row(each, tuple(sorted(tags[each.pk])), at) for each in shown)


def row_of(courseware: Courseware, *, at: dt.datetime) -> CoursewareRow:
    """Return the row of a list for one piece of courseware."""
    return rows_of([courseware], at=at)[0]


def _row(courseware: Courseware, tags: tuple[str, ...], at: dt.datetime) -> CoursewareRow:
    return CoursewareRow(
        code=courseware.code,
        address=reverse("courseware:detail", args=[courseware.code]),
        name=courseware.name,
        cover=cover_of(courseware),
        suffix=courseware.suffix,
        type=wording.type_text(courseware),
        size=wording.file_size_text(courseware.size_bytes),
        pages=wording.pages_text(courseware.pages),
        has_pages=bool(courseware.pages),
        state=wording.state_words(courseware),
        why=wording.short_reason(courseware, at),
        newer=wording.newer_text(courseware),
        is_moving=wording.follows_cloud(courseware),
        has_preview=preview_of(courseware) is not None,
        owner=owner_text(courseware),
        audience=wording.audience_text(courseware),
        tags=tags,
        uploaded_at=courseware.uploaded_at,
    )


def given_in(codes: Sequence[str], user: User, at: dt.datetime) -> dict[str, GivenIn]:
    """The lessons by which a person has these, by the courseware's code; of several the latest."""
    released = access.released_to(user, at).filter(courseware__code__in=codes)
    ordered = released.select_related("courseware", "lesson").order_by("lesson__starts_at", "pk")
    return {
        binding.courseware.code: GivenIn(
            binding.lesson.code, binding.lesson.title, binding.lesson.starts_at
        )
        for binding in ordered
    }


def cover_of(courseware: Courseware) -> str:
    """The address of a small picture of it: of an image ours, of all else what the cloud made."""
    if courseware.kind == FileKind.IMAGE:
        return reverse("courseware:thumbnail", args=[courseware.code])
    url = courseware.cover_url
    return url if is_allowed(url, settings.COURSEWARE_HOSTS) else ""


def owner_text(courseware: Courseware) -> str:
    """Return whose it is, as pages say it."""
    if courseware.owner is None:
        return str(Whose.SCHOOL.label)
    return courseware.owner.display_name


def courseware_page(
    courseware: Courseware, user: User, *, may_change: bool, at: dt.datetime
) -> CoursewarePage:
    """The page of courseware from `access`."""
    return CoursewarePage(
        row=row_of(courseware, at=at),
        is_public=courseware.is_public,
        uses=uses_of(courseware, user, may_change=may_change, at=at),
        duplicates=_duplicates(courseware, user),
    )


def state_panel_of(courseware: Courseware, *, at: dt.datetime) -> StatePanel:
    is_transcoding = courseware.state == CoursewareState.TRANSCODING
    return StatePanel(
        code=courseware.code,
        state=wording.state_words(courseware),
        since=courseware.state_since,
        explanation=wording.explain(courseware, at),
        is_moving=wording.is_moving(courseware),
        percent=courseware.percent if is_transcoding else None,
        can_be_retried=courseware.has_failed,
    )


def newer_panel_of(courseware: Courseware, *, at: dt.datetime) -> StatePanel | None:
    """Return the progress of a newer version in the cloud; None when none is on its way."""
    coming = courseware.coming
    return None if coming is None else state_panel_of(coming, at=at)


def _duplicates(courseware: Courseware, user: User) -> tuple[Duplicate, ...]:
    same = access.courseware_for(user).filter(sha256=courseware.sha256).exclude(pk=courseware.pk)
    newest = same.select_related("owner").order_by("-uploaded_at", "-pk")[:SHOWN_TWINS]
    return tuple(
        Duplicate(
            code=duplicate.code,
            name=duplicate.name,
            owner=owner_text(duplicate),
            uploaded_at=duplicate.uploaded_at,
        )
        for duplicate in newest
    )
