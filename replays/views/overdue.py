"""Overdue replays, and refreshing them from the cloud."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import require_post_or_explain, see_other
from edu_platform.lib.paging import PageForm
from replays import access
from replays.forms.filters import CODES_AT_MOST, FilterForm, address_back, codes_of
from replays.models.sessions import title_of
from replays.overdue import FAILED_SHOWN_FOR, LATE_AFTER
from replays.search.filters import Filters
from replays.selectors.lists import PageWanted
from replays.selectors.overdue import late_list, late_teacher_choices
from replays.services.refresh import ASK_LIMIT_S, ask_now, ask_several
from replays.wording import answer_counts, answer_level, answer_text, left_text


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    access.require(request.user, Action.SEE_LATE_REPLAYS)
    at = timezone.now()
    form = FilterForm(request.GET)
    form.offer(teachers=late_teacher_choices(at), offers_teachers=True)
    filters, page_form = Filters(teacher=form.filters().teacher), PageForm(request.GET)
    page = PageWanted(
        number=page_form.page_number(), page_size=page_form.size(), path=reverse("replays:late")
    )
    context = {
        "found": late_list(filters, page=page, user=request.user, at=at),
        "filters": filters,
        "teacher_field": form["teacher"],
        "ask_limit_s": int(ASK_LIMIT_S),
        "late_minutes": int(LATE_AFTER.total_seconds()) // 60,
        "failed_days": FAILED_SHOWN_FOR.days,
        "list_address": request.get_full_path(),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "replays/overdue.html", context)


@require_post_or_explain("replays:late")
def ask_all(request: SignedInRequest) -> HttpResponse:
    """Refresh all replays on the page."""
    access.require(request.user, Action.SEE_LATE_REPLAYS)
    # A page shows no more.
    codes = codes_of(request.POST)
    replays = access.get_replays_for(request.user, codes[:CODES_AT_MOST], Action.ASK_CLOUD)
    answers = ask_several(replays, person=request.user)
    for kind, told in answer_counts(answers).items():
        messages.add_message(request, answer_level(kind), told)
    left = len(codes) - len(answers)
    if left:
        messages.warning(request, left_text(answers, left))
    if not replays:
        messages.info(request, _("There was nothing to check."))
    return see_other(address_back(request, reverse("replays:late")))


@require_post_or_explain("replays:detail")
def ask(request: SignedInRequest, code: str) -> HttpResponse:
    """Refresh one replay, and show the outcome on the page it came from."""
    replay = access.get_replay_for(request.user, code, Action.ASK_CLOUD)
    answer = ask_now(replay, person=request.user, at=timezone.now())
    back = address_back(request, reverse("replays:detail", args=[replay.code]))
    said = answer_text(answer, timezone.now())
    if back.startswith(reverse("replays:late")):
        said = f"{title_of(replay)}: {said}"
    messages.add_message(request, answer_level(answer.kind), said)
    return see_other(back)
