from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.enums import Role
from accounts.list_views import ListView, list_view, ways_to_view
from accounts.models import User
from accounts.permissions import Action
from edu_platform.lib.http import see_other
from edu_platform.lib.live_pages import (
    is_current,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from edu_platform.lib.paging import PAGE_SIZE, PageForm
from replays import access
from replays.enums import ReplayState
from replays.export_work import answer_export
from replays.exports import (
    TooManyExports,
    TooManyRows,
    too_many_exports_text,
    too_many_text,
)
from replays.forms.filters import ExportForm, FilterForm
from replays.models import Replay
from replays.overdue import late_count
from replays.search.filters import Filters, filtered, narrowed
from replays.selectors import list_offers, list_states
from replays.selectors import lists as list_selectors
from replays.selectors.list_offers import LessonChoices
from replays.selectors.lists import PageWanted, address_of
from replays.services.purge import purging
from replays.wording.states import empty_list_text


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    user, path, at = request.user, reverse("replays:list"), timezone.now()
    replays = access.replays_for(user)
    filter_form, page_form = FilterForm(request.GET), PageForm(request.GET)
    filters = filter_form.filters()
    # Students, who come to watch, have cards until they choose.
    usual = ListView.TABLE if _sees_states(user) else ListView.CARDS
    view = list_view(request, "replays_view", usual=usual)
    page = PageWanted(
        number=page_form.page_number(),
        page_size=page_form.size(),
        path=path,
        has_cards=view is ListView.CARDS,
    )
    if known := known_version(request):
        facts = list_selectors.list_facts(replays, filters, page=page, user=user)
        if is_current(known, facts, at=at):
            return unchanged()
    choices = list_offers.lesson_choices(None if access.sees_all_replays(user) else replays, at=at)
    _offer(filter_form, choices, user)
    found = list_selectors.replay_list(
        replays,
        filters,
        page=page,
        user=user,
        at=at,
        has_class_groups=len(choices.class_groups) > 1,
    )
    context = {
        "found": found,
        "filters": filters,
        "filter_form": filter_form,
        "ways": ways_to_view(request, view),
        "turned_round": list_selectors.address_of(page, filters.turned_round().as_query()),
        "list_address": request.get_full_path(),
        "time_zone": timezone.get_default_timezone_name(),
    }
    if _sees_states(user):
        are_all = access.sees_all_replays(user)
        is_empty = not found.rows
        context |= _of_states(replays, filters, page=page, are_all=are_all, is_empty=is_empty)
    if filters.state == ReplayState.DELETED and access.sees_all_replays(user):
        context["purging"] = purging(at)
    if access.may_see_late(user):
        context["late_count"] = late_count(at)
    if access.may_export(user):
        context["exports"] = list_offers.exports_of(filters, reverse("replays:export"))
    followed = timed_page(request.get_full_path(), found.facts, moments=(), at=at)
    return render_live(request, "replays/list.html", "replays/_list_parts.html", context, followed)


def _of_states(
    replays: QuerySet[Replay],
    filters: Filters,
    *,
    page: PageWanted,
    are_all: bool,
    is_empty: bool,
) -> dict[str, object]:
    """Links to the states; of an empty list also why it is, and which others have some."""
    context: dict[str, object] = {
        "states": list_states.state_links(replays, filters, page=page, are_all=are_all),
        "why_empty": empty_list_text(filters.state) if filters.state else "",
    }
    if is_empty and not (filters.is_state_alone or filters.is_backwards):
        context["elsewhere"] = list_states.found_elsewhere(replays, filters, page=page)
    return context


def _offer(form: FilterForm, choices: LessonChoices, user: User) -> None:
    sees_all, sees_states = access.sees_all_replays(user), _sees_states(user)
    form.offer(
        teachers=list_offers.teacher_choices() if sees_all else [],
        class_groups=choices.class_groups if sees_states else [],
        courses=choices.courses,
        offers_teachers=sees_all,
        offers_states=sees_states,
    )


def _sees_states(user: User) -> bool:
    """Tell whether more than ready ones are listed: attendees see only those."""
    return access.sees_all_replays(user) or user.has_role(Role.TEACHER)


@require_GET
def export(request: SignedInRequest) -> HttpResponseBase:
    """The replays that the list shows under these filters, as a file; those of every state when asked for."""
    access.require(request.user, Action.EXPORT_REPLAYS)
    filters, form = FilterForm(request.GET).filters(), ExportForm(request.GET)
    which = narrowed if form.wants_everything() else filtered
    replays = which(access.replays_for(request.user), filters)
    is_csv = form.chosen() == "csv"
    try:
        return answer_export(request, replays, is_csv=is_csv, at=timezone.now())
    except TooManyRows as err:
        messages.error(request, too_many_text(err.count))
    except TooManyExports:
        messages.error(request, too_many_exports_text())
    page = PageWanted(number=1, page_size=PAGE_SIZE, path=reverse("replays:list"))
    return see_other(address_of(page, filters.as_query()))
