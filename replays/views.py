from __future__ import annotations

import logging
import re
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.views.decorators.http import require_safe

from accounts.enums import Role
from accounts.models import User
from accounts.paging import PageForm
from accounts.permissions import Action, may
from accounts.requests import SignedInRequest
from classroom.hosts import is_allowed
from replays import access, refusals, selectors, wording
from replays.enums import UseKind
from replays.forms import FileForm, FilterForm
from replays.models import Replay, ReplayFile
from replays.refusals import Refusal
from replays.services.uses import count_use

logger = logging.getLogger(__name__)


@require_safe
def index(request: SignedInRequest) -> HttpResponse:
    replays = access.replays_for(request.user)
    sees_all = access.sees_all_replays(request.user)
    filter_form = FilterForm(
        request.GET,
        teachers=selectors.teacher_choices(replays) if sees_all else [],
        offers_teachers=sees_all,
        # Of lessons that one only attends, nothing but what is ready is listed.
        offers_states=sees_all or request.user.has_role(Role.TEACHER),
    )
    filters, page_form = filter_form.filters(), PageForm(request.GET)
    found = selectors.replay_list(
        replays,
        filters,
        number=page_form.page_number(),
        page_size=page_form.size(),
        path=reverse("replays:list"),
        at=timezone.now(),
    )
    context = {
        "found": found,
        "filters": filters,
        "filter_form": filter_form,
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "replays/list.html", context)


@require_safe
def detail(request: SignedInRequest, code: str) -> HttpResponse:
    replay = access.get_replay_for(request.user, code)
    relations = access.replay_relations(request.user, replay)
    chosen = FileForm(request.GET).chosen()
    context = {
        "replay": selectors.replay_page(replay, chosen=chosen, at=timezone.now()),
        "may_download": may(Action.DOWNLOAD_REPLAY, relations),
        "may_administer": may(Action.ADMINISTER, relations),
        "replay_pk": replay.pk,
        "page_address": request.build_absolute_uri(request.path),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "replays/detail.html", context)


@require_safe
def play(request: SignedInRequest, code: str) -> HttpResponse:
    replay = access.get_replay_for(request.user, code)
    return _media(request, replay, UseKind.PLAY)


@require_safe
def download(request: SignedInRequest, code: str) -> HttpResponse:
    replay = access.get_replay_for(request.user, code)
    relations = access.replay_relations(request.user, replay)
    if not may(Action.DOWNLOAD_REPLAY, relations):
        return _refuse(request, refusals.may_not_download(), replay)
    return _media(request, replay, UseKind.DOWNLOAD)


def _media(request: SignedInRequest, replay: Replay, kind: UseKind) -> HttpResponse:
    """Lead to the file itself. Its address is open to whoever has it, so no cache keeps the answer."""
    file = selectors.nth_file(replay, FileForm(request.GET).chosen())
    if not replay.is_ready:
        explanation = wording.explain(replay, timezone.now())
        refusal = refusals.not_ready(explanation.sentence, explanation.advice)
        return _refuse(request, refusal, replay)
    if file is None:
        return _refuse(request, refusals.no_such_file(), replay)
    if not is_allowed(file.url, settings.REPLAY_HOSTS):
        return _refuse(request, _unknown_host(request, replay, file), replay)
    if request.method == "GET" and not _asks_for_later_part(request):
        _count(request.user, file, kind)
    headers = {
        "Location": iri_to_uri(file.url),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return HttpResponse(status=302, headers=headers)


def _count(user: User, file: ReplayFile, kind: UseKind) -> None:
    """Count a use; a database that is busy with something else keeps nobody from watching."""
    try:
        count_use(user, file, kind, at=timezone.now())
    except DatabaseError as err:
        logger.warning("a use of file %s was not counted: %s", file.pk, err)


def _unknown_host(request: SignedInRequest, replay: Replay, file: ReplayFile) -> Refusal:
    relations = access.replay_relations(request.user, replay)
    host = urlsplit(file.url).netloc.rpartition("@")[2]
    return refusals.unknown_host(host, is_staff=may(Action.ADMINISTER, relations))


def _asks_for_later_part(request: SignedInRequest) -> bool:
    """Whether a player only goes on, or jumps: that is no new view."""
    asked = re.match(r"bytes=(\d*)-", request.headers.get("Range", ""))
    return asked is not None and asked[1].strip("0") != ""


def _refuse(request: SignedInRequest, refusal: Refusal, replay: Replay) -> HttpResponse:
    context = {"refusal": refusal, "replay": replay}
    return render(request, "replays/refused.html", context, status=refusal.status)
