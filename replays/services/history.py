"""The history of a replay: events recorded as they happen.

However long a cloud flaps, a history stays short: for each kind the first few events and the latest are kept.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from accounts.models import User
from classroom.services.merged_leases import UNMERGED_TYPES
from edu_platform.lib.statements import Statement
from replays.enums import ReplayEventKind
from replays.models import Replay, ReplayEvent

MOST_OF_A_KIND = 3
# With 16 more kinds, no history is longer than 64 events.
MOST_OF = {ReplayEventKind.STATE.value: 10, ReplayEventKind.CALLBACK.value: 6}
EVENTS_A_STATEMENT = 500
DETAIL_CHARS = 64
# The detail of all callbacks whose EventType is unknown.
ANOTHER_CALL = "another"


def note(
    replay: Replay,
    kind: ReplayEventKind,
    *,
    at: dt.datetime,
    source: str = "",
    person: User | None = None,
    detail: str = "",
) -> ReplayEvent:
    """Record one event of a saved replay, and return it."""
    event = ReplayEvent(
        replay=replay, kind=kind, at=at, source=source, person=person, detail=detail[:DETAIL_CHARS]
    )
    note_many([event])
    return event


def note_many(events: Sequence[ReplayEvent]) -> None:
    """Record events, of any number of replays, in a few statements; none for an empty list.

    Those of one replay and kind are in order of time; beyond the limit the middle is left out.
    """
    for start in range(0, len(events), EVENTS_A_STATEMENT):
        some = events[start : start + EVENTS_A_STATEMENT]
        ReplayEvent.objects.bulk_create(_with_room_for(some))


def note_new_callbacks(replay: Replay, told_at: Mapping[str, dt.datetime], *, source: str) -> None:
    """Record the callbacks that came, each kind once with its first time.

    Anyone who can sign can invent kinds, so all unknown kinds count as one.
    """
    noted = set(_CALLBACKS.rows(replay_id=replay.pk))
    events = []
    for event_type, at in sorted(told_at.items(), key=lambda told: told[1]):
        detail = event_type if event_type in UNMERGED_TYPES else ANOTHER_CALL
        if detail not in noted:
            noted.add(detail)
            events.append(
                ReplayEvent(
                    replay=replay,
                    kind=ReplayEventKind.CALLBACK,
                    at=at,
                    source=source,
                    detail=detail,
                )
            )
    note_many(events)


_CALLBACKS = Statement(
    lambda replay_id: ReplayEvent.objects.filter(
        replay=replay_id, kind=ReplayEventKind.CALLBACK
    ).values_list("detail", flat=True)
)


def _with_room_for(events: Collection[ReplayEvent]) -> list[ReplayEvent]:
    """The events to keep; the latest of a full kind makes way for them."""
    noted: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    rows = _NOTED.rows(
        replay_ids=list({event.replay_id for event in events}),
        kinds=list({str(event.kind) for event in events}),
    )
    for replay_id, kind, event_id in rows:
        noted[replay_id, kind].append(event_id)
    wanted = Counter((event.replay_id, event.kind) for event in events)
    doomed = [event_id for key in wanted for event_id in noted[key][most_of(key[1]) - 1 :]]
    if doomed:
        ReplayEvent.objects.filter(pk__in=doomed).delete()
    room = {key: max(most_of(key[1]) - len(noted[key]), 1) for key in wanted}
    return list(_first_and_latest(events, room, wanted))


_NOTED = Statement(
    lambda replay_ids, kinds: (
        ReplayEvent.objects.filter(replay__pk__in=replay_ids, kind__in=kinds)
        .order_by("at", "pk")
        .values_list("replay_id", "kind", "pk")
    )
)


def _first_and_latest(
    events: Collection[ReplayEvent],
    room: Mapping[tuple[int, str], int],
    wanted: Counter[tuple[int, str]],
) -> Iterator[ReplayEvent]:
    """As many per replay and kind as there is room for: the first ones, and the last."""
    seen: Counter[tuple[int, str]] = Counter()
    for event in events:
        key = (event.replay_id, event.kind)
        seen[key] += 1
        if seen[key] < room[key] or seen[key] == wanted[key]:
            yield event


def most_of(kind: str) -> int:
    return MOST_OF.get(kind, MOST_OF_A_KIND)
