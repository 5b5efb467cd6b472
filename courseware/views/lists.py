"""The list, the page of one piece of courseware, and its state while the cloud works on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.enums import Role
from accounts.list_views import ListView, list_view, ways_to_view
from accounts.permissions import Action, Relation, may
from courseware import access
from courseware.enums import CoursewareState
from courseware.forms.library import FilterForm, NameForm, TagsForm
from courseware.models import Courseware
from courseware.selectors import library
from courseware.selectors.library import NEEDED, Filters
from courseware.selectors.next_lessons import next_lessons
from courseware.selectors.versions import versions_of
from courseware.services.readiness import needed_soon
from courseware.wording import follows_cloud
from edu_platform.lib.database import INT64
from edu_platform.lib.live_pages import LivePage, known_version, render_live, unchanged
from edu_platform.lib.paging import PageForm

# While the cloud works on what is shown.
LIST_ASKS_EVERY_S = 10
PAGE_ASKS_EVERY_S = 4


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    at = timezone.now()
    sees_all = access.sees_all_courseware(request.user)
    filter_form = FilterForm(
        request.GET,
        # Others have but what was released to them.
        offers_owners=sees_all or request.user.has_role(Role.TEACHER),
    )
    filters, page_form = filter_form.filters(), PageForm(request.GET)
    number, size = page_form.page_number(), page_form.size()
    among = needed_soon(at) if filters.state == NEEDED else None
    known = known_version(request)
    if known and number * size in INT64:
        page = slice((number - 1) * size, number * size)
        if known == library.rows_version(request.user, filters, page=page, at=at, among=among):
            return unchanged()
    may_upload = access.may_upload(request.user)
    laid_out_as = list_view(request, "courseware_view", usual=ListView.CARDS)
    found = library.courseware_list(
        request.user,
        filters,
        number=number,
        page_size=size,
        path=reverse("courseware:list"),
        at=at,
        among=among,
    )
    shows_uploads = may_upload and _tells_of_uploads(filters)
    context = {
        "found": found,
        "filters": filters,
        "filter_form": filter_form,
        "may_upload": may_upload,
        "is_recipient": access.is_recipient(request.user),
        "list_view": laid_out_as,
        "ways": ways_to_view(request, laid_out_as),
        "uploads": library.open_uploads(request.user, at=at) if shows_uploads else [],
        "time_zone": timezone.get_default_timezone_name(),
    }
    followed = LivePage(
        address=request.get_full_path(),
        version=found.version,
        shown_at=at,
        asks_every_s=LIST_ASKS_EVERY_S if found.is_moving else None,
    )
    return render_live(
        request, "courseware/list.html", "courseware/_list_parts.html", context, followed
    )


@require_safe
def detail(request: SignedInRequest, code: str) -> HttpResponse:
    found, relations = access.get_with_relations(request.user, code)
    return detail_page(request, found, relations)


@never_cache
@require_safe
def state(request: SignedInRequest, code: str) -> HttpResponse:
    """The parts of the page that the cloud changes, for a page that polls."""
    at = timezone.now()
    if known := known_version(request):
        listed = access.courseware_for(request.user).select_related("coming")
        seen = listed.filter(code=code).first()
        if seen is not None and known == library.state_version([seen], at=at):
            return unchanged()
    found, relations = access.get_with_relations(request.user, code)
    context = {
        "row": library.row_of(found, at=at),
        **_followed(request, found, relations, at),
        "may_download": may(Action.DOWNLOAD_COURSEWARE, relations),
        **_given(request, found, relations),
    }
    parts = "courseware/_changing_parts.html"
    return render_live(request, parts, parts, context, _live_page(found, at=at))


def detail_page(
    request: SignedInRequest,
    found: Courseware,
    relations: Collection[Relation],
    *,
    status: int = 200,
    **forms: Form,
) -> HttpResponse:
    """The page; a form among `forms` is one that somebody filled in wrongly."""
    may_change = may(Action.CHANGE_COURSEWARE, relations)
    at = timezone.now()
    page = library.courseware_page(found, request.user, may_change=may_change, at=at)
    context = {
        "page": page,
        **_followed(request, found, relations, at),
        "may_download": may(Action.DOWNLOAD_COURSEWARE, relations),
        "name_form": NameForm({"name": page.row.name}),
        "tags_form": TagsForm({"tags": "、".join(page.row.tags)}),
        "time_zone": timezone.get_default_timezone_name(),
        "page_address": request.build_absolute_uri(reverse("courseware:detail", args=[found.code])),
        "courseware_pk": found.pk,
        **_given(request, found, relations),
    }
    context["live"] = _live_page(found, at=at)
    return render(request, "courseware/detail.html", context | forms, status=status)


def _followed(
    request: SignedInRequest, found: Courseware, relations: Collection[Relation], at: dt.datetime
) -> dict[str, object]:
    """Return what changes on the page while the cloud works, and what can be done about it."""
    return {
        "state_panel": library.state_panel_of(found, at=at),
        "newer": library.newer_panel_of(found, at=at),
        "versions": versions_of(found),
        "is_moving": follows_cloud(found),
        "is_ready": found.is_ready,
        "next_lessons": next_lessons(found, request.user, at),
        "may_change": may(Action.CHANGE_COURSEWARE, relations),
        "may_replace": may(Action.REPLACE_COURSEWARE, relations),
    }


def _live_page(found: Courseware, *, at: dt.datetime) -> LivePage:
    """Return how the page follows the cloud's work."""
    return LivePage(
        address=reverse("courseware:detail", args=[found.code]),
        parts_address=reverse("courseware:state", args=[found.code]),
        version=library.state_version([found], at=at),
        shown_at=at,
        asks_every_s=PAGE_ASKS_EVERY_S if follows_cloud(found) else None,
    )


def _given(
    request: SignedInRequest, found: Courseware, relations: Collection[Relation]
) -> dict[str, object]:
    """For courseware that was only released to a person: in which lesson."""
    if not access.has_only_received(relations):
        return {"has_only_received": False}
    given = library.given_in([found.code], request.user, timezone.now())
    return {"has_only_received": True, "given_in": given.get(found.code)}


def _tells_of_uploads(filters: Filters) -> bool:
    return filters.is_empty or filters.state == CoursewareState.UPLOADING
