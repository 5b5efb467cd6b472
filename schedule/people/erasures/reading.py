"""Read the list of erasures, and what the page of one shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import ErasureState, ErasureStep, role_names
from accounts.erasing.names import is_borne_by_another
from accounts.erasing.places import PlaceRow, rows_of_places
from accounts.erasing.work import line_of
from accounts.models import Erasure, User
from edu_platform.lib.formatting import StateWords, in_parts
from edu_platform.lib.paging import Pager, pager_of
from schedule.models import ClassGroup, Membership

PLACES_A_PAGE = 20

_STATES = {
    ErasureState.ASKED: ("◌", "mark-waiting"),
    ErasureState.WITHDRAWN: ("✕", "mark-quiet"),
    ErasureState.UNDER_WAY: ("▶", "mark-running"),
    ErasureState.ERASED: ("✓", "mark-done"),
}


def state_words(erasure: Erasure) -> StateWords:
    state = ErasureState(erasure.state)
    shape, css_class = _STATES[state]
    return StateWords(shape, str(state.label), css_class)


# --- The list -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ErasureRow:
    erasure: Erasure
    state: StateWords


@dataclass(frozen=True, slots=True)
class ErasureList:
    rows: Sequence[ErasureRow]
    pager: Pager


def list_of_erasures(*, number: int, page_size: int) -> ErasureList:
    """Return one page of the erasures, the newest first; two queries."""
    erasures = Erasure.objects.select_related("person", "asked_by").order_by("-asked_at", "-pk")
    page = Paginator(erasures, page_size).get_page(number)
    rows = [ErasureRow(erasure, state_words(erasure)) for erasure in page.object_list]
    return ErasureList(rows, pager_of(page, path=reverse("people:erasures"), query={}))


# --- One of them ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepRow:
    words: str
    state: StateWords | None
    is_next: bool


@dataclass(frozen=True, slots=True)
class ErasurePage:
    erasure: Erasure
    state: StateWords
    steps: Sequence[StepRow]
    places: Sequence[PlaceRow]
    pager: Pager
    open_places: int
    # Without its names, for who keeps backups.
    line: str
    may_confirm: bool
    # Nobody else could confirm it: the command on the server is the second hand.
    needs_command: bool
    is_name_shared: bool
    # Their roles and class groups, by which people of one name are told apart.
    whose: str

    @property
    def version(self) -> tuple[object, ...]:
        erasure = self.erasure
        return erasure.state, erasure.step, erasure.last_error, erasure.due_at, self.open_places


def erasure_page(erasure: Erasure, viewer: User, *, number: int) -> ErasurePage:
    """Read what the page of one erasure shows; a query or two for each kind of place that it lists."""
    places = erasure.places.select_related("erasure").order_by("is_left", "pk")
    page = Paginator(places, PLACES_A_PAGE).get_page(number)
    return ErasurePage(
        erasure=erasure,
        state=state_words(erasure),
        steps=steps_of(erasure),
        places=rows_of_places(list(page.object_list)),
        pager=pager_of(page, path=erasure.get_absolute_url(), query={}, usual_size=PLACES_A_PAGE),
        open_places=erasure.places.filter(is_left=False).count(),
        line=line_of(erasure) if erasure.is_erased else "",
        may_confirm=erasure.is_asked and erasure.asked_by_id != viewer.pk,
        needs_command=erasure.is_asked and not has_second_hand(erasure),
        is_name_shared=erasure.is_asked
        and is_borne_by_another(erasure.person.display_name, erasure.person),
        whose=_roles_and_class_groups(erasure.person) if erasure.is_asked else "",
    )


def _roles_and_class_groups(person: User) -> str:
    today = timezone.localdate()
    class_groups = ClassGroup.objects.filter(
        pk__in=Membership.objects.on(day=today).filter(user=person).values("class_group")
    )
    names = [role_names(person.roles) or _("No role"), *(group.name for group in class_groups)]
    return in_parts(names)


def steps_of(erasure: Erasure) -> list[StepRow]:
    """Return the steps with how far each is; none before it is decided."""
    if erasure.state not in {ErasureState.UNDER_WAY, ErasureState.ERASED}:
        return []
    names = list(ErasureStep)
    at = len(names) if erasure.is_erased else names.index(ErasureStep(erasure.step))
    done = StateWords("✓", _("done"), "mark-done")
    return [
        StepRow(str(step.label), done if place < at else None, is_next=place == at)
        for place, step in enumerate(names)
    ]


def has_second_hand(erasure: Erasure) -> bool:
    """Tell whether an administrator could confirm it, who is neither the one who asked nor the person."""
    others = User.objects.active().administrators()
    return others.exclude(pk__in=[erasure.person_id, erasure.asked_by_id or 0]).exists()


def next_try(erasure: Erasure, at: dt.datetime) -> dt.datetime | None:
    """Return when an erasure that could not go on is tried again."""
    is_put_off = erasure.is_under_way and bool(erasure.last_error)
    return erasure.due_at if is_put_off and erasure.due_at and erasure.due_at > at else None
