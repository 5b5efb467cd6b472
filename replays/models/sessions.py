"""A lesson that was opened again was held in several sessions: which of them a replay is of.

Nobody stores it: whether a class that is opened again is held, nobody knows before. Counted are the replays of
a lesson that are or were a recording, or should be one, in the order of their rooms; those in the trash too, so
that the others keep their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar, cast

from django.db.models import Case, Count, Model, OuterRef, Q, QuerySet, Subquery, When
from django.utils.translation import ngettext

from edu_platform.lib.formatting import listed
from replays.enums import ReplayState
from replays.models.replay import Replay

COUNTED = frozenset(ReplayState) - {ReplayState.EXPECTED, ReplayState.NONE}

Row = TypeVar("Row", bound=Model)


def with_sessions(rows: QuerySet[Row], *, replay: str = "") -> QuerySet[Row]:
    """Replays, or rows with a replay under this name, each with its `session`; None: of the only one."""
    prefix = f"{replay}__" if replay else ""
    same = Replay.objects.filter(lesson=OuterRef(f"{prefix}lesson"), state__in=COUNTED)
    before = Q(room__lt=OuterRef(f"{prefix}room"))
    number = (
        same.order_by()
        .values("lesson")
        .annotate(sessions=Count("pk"), nth=Count("pk", filter=before) + 1)
        .filter(sessions__gt=1)
        .values("nth")
    )
    is_counted = Q(**{f"{prefix}state__in": COUNTED})
    numbered = rows.annotate(session=Case(When(is_counted, then=Subquery(number))))
    return cast("QuerySet[Row]", numbered)


def title_of(replay: Replay) -> str:
    """The title of a replay that was read `with_sessions`."""
    return titled(replay.title, [replay.session])


def titled(title: str, sessions: Iterable[int | str | None]) -> str:
    """A title with the sessions that are meant, where its lesson was held in several."""
    numbers = [str(number) for number in sessions if number]
    if not numbers:
        return title
    words = ngettext(
        "%(title)s (class %(numbers)s)", "%(title)s (classes %(numbers)s)", len(numbers)
    )
    return words % {"title": title, "numbers": listed(numbers)}
