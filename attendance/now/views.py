"""The board of the classes of this hour, for supervisors and staff, and for a screen in the office."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings, User
from accounts.permissions import Action, may
from attendance.access import require
from attendance.now.board import (
    ASKS_EVERY,
    Board,
    Chosen,
    board_of,
    followed_classes,
    version_of_board,
)
from attendance.now.reading import RunningClass
from attendance.now.tiles import MINUTE
from attendance.now.writing_tiles import rights_of, written_tiles
from attendance.presence.board import open_board
from edu_platform.lib import live_pages
from edu_platform.lib.formatting import time_text
from edu_platform.lib.http import with_query
from edu_platform.lib.live_pages import (
    LivePage,
    is_current,
    is_for_script,
    known_version,
    render_live,
    timed_page,
    unchanged,
)
from schedule.access import general_relations
from schedule.lessons.access import get_timetable_choice
from schedule.timetable.day_filters import DayFilter, DayFilterForm
from schedule.timetable.day_order import day_names
from schedule.timetable.timetables import Viewer, viewer_of

# What `wall` of an address says when it is for a screen that many see.
FOR_A_WALL = "1"


@require_safe
def now(request: SignedInRequest) -> HttpResponse:
    """Show the board, which follows the classes; `wall=1` leaves out names and buttons."""
    require(request.user, Action.SEE_RUNNING_CLASSES)
    if request.GET.get("wall") == FOR_A_WALL:
        return wall_page(request, request.get_full_path(), timezone.now())
    at = timezone.now()
    school, classes, version = _followed(at)
    if is_current(known_version(request), version, at=at):
        return unchanged()
    names = day_names(_class_groups_in(classes))
    chosen = Chosen(
        get_timetable_choice(request.user, request.GET), DayFilter.read(request.GET, names)
    )
    chosen_classes = chosen.among(classes, names)
    viewer = viewer_of(request.user, is_own_timetable=False)
    board = board_of(chosen_classes, names, viewer, at)
    address = with_query(reverse("attendance:now"), chosen.query)
    context = {
        "school": school,
        "board": board,
        "tiles": written_tiles(board.tiles, rights_of(request.user, address), get_token(request)),
        "chosen_names": chosen.names,
        "is_filtered": len(chosen_classes) < len(classes),
        "choice_form": None if is_for_script(request) else DayFilterForm(request.GET, names),
        "time_zone": timezone.get_default_timezone_name(),
        **_ways_on(request.user),
    }
    live = _live_page(request.get_full_path(), version, board, classes, at)
    return render_live(request, "attendance/now.html", "attendance/_now_parts.html", context, live)


def wall_page(request: HttpRequest, address: str, at: dt.datetime) -> HttpResponse:
    """Show the board without names of people and without buttons; callers check who may see it."""
    school, classes, version = _followed(at)
    if is_current(known_version(request), version, at=at):
        return unchanged()
    names = day_names(_class_groups_in(classes))
    nobody = Viewer(user_id=0, school=school, is_supervisor=False, attends_the_rest=False)
    board = board_of(classes, names, nobody, at)
    # It says what time it is, and so changes each minute.
    next_minute = at.replace(second=0, microsecond=0) + MINUTE
    board = replace(board, moments=(*board.moments, next_minute))
    live = _live_page(address, version, board, classes, at)
    parts = {"school": school, "board": board, "time": time_text(at)}
    return render_live(request, "attendance/wall.html", "attendance/_wall_parts.html", parts, live)


def _followed(at: dt.datetime) -> tuple[SchoolSettings, list[RunningClass], object]:
    """Return the classes that every board follows, with their version; while somebody asks, the board is open."""
    open_board()
    school = SchoolSettings.load()
    classes = followed_classes(school, at)
    return school, classes, version_of_board(classes, at)


def _ways_on(user: User) -> dict[str, object]:
    """Return what of the pages around the board somebody may open."""
    relations = general_relations(user)
    return {
        "may_set_duty": may(Action.SET_DUTY, relations),
        "may_manage_walls": may(Action.MANAGE_WALL, relations),
        "wall_address": with_query(reverse("attendance:now"), {"wall": FOR_A_WALL}),
    }


def _class_groups_in(classes: Sequence[RunningClass]) -> set[int]:
    return {pk for running_class in classes for pk in running_class.lesson.class_group_ids}


def _live_page(
    address: str,
    version: object,
    board: Board,
    classes: Sequence[RunningClass],
    at: dt.datetime,
) -> LivePage:
    asks_every = ASKS_EVERY if classes else live_pages.ASKS_EVERY
    return timed_page(address, version, moments=board.moments, at=at, asks_every=asks_every)
