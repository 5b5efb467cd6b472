"""Links above the list of replays, to those of other states."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, Count, F, QuerySet, Value, When
from django.utils.translation import gettext as _

from edu_platform.lib.statements import Statement
from replays.enums import ReplayState
from replays.models import Replay
from replays.search.filters import CAN_BE_RESTORED, IN_TRASH, Filters, narrowed
from replays.selectors.lists import PageWanted, address_of

COUNTED = (ReplayState.RECORDING, ReplayState.PROCESSING, ReplayState.FAILED)


@dataclass(frozen=True, slots=True)
class StateLink:
    """A link to the replays of one state, with their number where that is useful."""

    label: str
    address: str
    is_current: bool
    count: int | None = None


def state_links(
    replays: QuerySet[Replay], filters: Filters, *, page: PageWanted, are_all: bool = False
) -> tuple[StateLink, ...]:
    """Links to the states that may need attention, under the other filters.

    With counts for those that are never many. `are_all` says that these are all replays there are.
    """
    if are_all and filters.is_state_alone:
        counts = dict(_COUNTS_OF_ALL.rows())
    else:
        counts = dict(_counts_of(narrowed(replays, filters)))
    labels = {
        "": _("Recorded, or should be"),
        ReplayState.RECORDING: _("Being recorded"),
        ReplayState.PROCESSING: _("Being made"),
        ReplayState.FAILED: _("Failed"),
        IN_TRASH: _("In the trash"),
        ReplayState.DELETED: str(ReplayState.DELETED.label),
    }
    return tuple(
        StateLink(
            label=label,
            address=_address_in_state(page, filters, state),
            is_current=filters.state == state,
            count=counts.get(state, 0) if state in COUNTED else None,
        )
        for state, label in labels.items()
    )


def _counts_of(replays: QuerySet[Replay]) -> QuerySet[Replay, Any]:
    few = replays.filter(state__in=COUNTED).order_by().values_list("state")
    return few.annotate(Count("pk"))


_COUNTS_OF_ALL = Statement(lambda: _counts_of(Replay.objects.all()))


def found_elsewhere(
    replays: QuerySet[Replay], filters: Filters, *, page: PageWanted
) -> tuple[StateLink, ...]:
    """Links with counts to the unlisted states in which replays match the other filters."""
    state = Case(
        When(CAN_BE_RESTORED, state=ReplayState.DELETED, then=Value(IN_TRASH)), default=F("state")
    )
    fitting = narrowed(replays, filters).annotate(known_as=state).order_by().values_list("known_as")
    counts = dict(fitting.annotate(Count("pk")))
    if IN_TRASH in counts:
        counts[ReplayState.DELETED] = counts.get(ReplayState.DELETED, 0) + counts[IN_TRASH]
    labels: dict[str, str] = {each.value: str(each.label) for each in ReplayState}
    labels[IN_TRASH] = _("In the trash")
    return tuple(
        StateLink(
            label=label,
            address=_address_in_state(page, filters, state),
            is_current=False,
            count=counts[state],
        )
        for state, label in labels.items()
        if counts.get(state)
    )


def _address_in_state(page: PageWanted, filters: Filters, state: str) -> str:
    return address_of(page, replace(filters, state=str(state)).as_query())
