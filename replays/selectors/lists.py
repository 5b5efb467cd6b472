"""The list of replays, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from django.core.cache import cache
from django.core.paginator import Paginator
from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from edu_platform.lib.aggregates import names_in, names_of
from edu_platform.lib.database import INT64
from edu_platform.lib.formatting import NOTHING, StateWords, moment_text
from edu_platform.lib.http import with_query
from edu_platform.lib.paging import PAGE_SIZE, Pager, pager_of
from edu_platform.lib.statements import Statement
from replays import access, wording
from replays.enums import ReplayReason
from replays.models import Replay, ReplayFile
from replays.models.sessions import title_of, with_sessions
from replays.search.filters import Filters, filtered
from replays.search.sorting import DOWN, HEADS, in_list_order
from replays.selectors.list_cards import (
    COLUMNS,
    Card,
    FileFacts,
    card_of,
    places_of,
    with_card_facts,
)
from schedule.enums import RoomType
from schedule.models import ClassGroup

# Larger totals are cached for a minute: counting a million takes a tenth of a second.
COUNTED_ALWAYS = 10_000
COUNT_KEPT_S = 60
# What a row shows of a replay, and of what belongs to it.
OWN_COLUMNS = tuple(
    column.name
    for column in Replay._meta.concrete_fields  # noqa: SLF001 -- the documented way to fields
    if column.name not in {"title_folded", "title_grams"}
)
JOINED_COLUMNS = (
    "teacher__display_name",
    "deleted_by__display_name",
    "lesson__teacher",
    *(f"room__{column}" for column in ("cloud_status", "recording_refused", "real_ended_at")),
    "room__asked_at",
    *(f"room__polling__{column}" for column in ("unreachable_since", "due_at")),
    *(f"purge__{column}" for column in ("due_at", "has_begun", "attempts", "last_error")),
)
# A room that was adopted may have a type that schools do not plan.
ROOM_TYPES = dict(RoomType.choices)
# What a row follows from, for a page that asks again and again.
FACTS = (
    *("pk", "title", "room_number", "room_type", "teacher_id", "made_at", "listed_at", "list_rank"),
    *("size_bytes", "state", "reason", "state_since", "due_at", "unreachable_since"),
    *("refused_since", "deleted_at"),
)


@dataclass(frozen=True, slots=True)
class ReplayRow:
    """One replay as the list shows it, and what the person may do with it there."""

    code: str
    address: str
    title: str
    # What its check box is called.
    choose: str
    room_number: str
    room_type: str
    made_at: str
    teacher: str
    class_groups: str
    sizes: str
    state: StateWords
    why: str
    # Who moved it to the trash, and until when it can be restored; else empty.
    in_trash: str
    may_delete: bool
    may_restore: bool
    # None: the list is laid out as a table.
    card: Card | None


@dataclass(frozen=True, slots=True)
class ColumnHeader:
    """A column header, and the address that sorts by it; empty when it cannot be sorted."""

    label: str
    address: str
    # The value of `aria-sort`; empty while the list is not sorted by this column.
    sorted: str


@dataclass(frozen=True, slots=True)
class ReplayList:
    rows: tuple[ReplayRow, ...]
    headers: tuple[ColumnHeader, ...]
    pager: Pager
    facts: list[tuple[object, ...]]
    has_class_groups: bool
    has_cards: bool

    @property
    def offers_deleting(self) -> bool:
        return any(row.may_delete for row in self.rows)


@dataclass(frozen=True, slots=True)
class PageWanted:
    """The page of the list that is wanted, and where the list is."""

    number: int
    page_size: int
    path: str
    has_cards: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """The person whose list it is, and how it is laid out for them."""

    user: User
    at: dt.datetime
    has_cards: bool
    has_class_groups: bool


def replay_list(
    replays: QuerySet[Replay],
    filters: Filters,
    *,
    page: PageWanted,
    user: User,
    at: dt.datetime,
    has_class_groups: bool = False,
) -> ReplayList:
    """One page of the matching replays; a number too high means the last page.

    With a column of class groups for people who see several.
    """
    found = filtered(replays, filters)
    count = count_of(found)
    # Only a range is cut into pages here: the rows of the one that is wanted are read below.
    shown = Paginator(range(count), page.page_size).get_page(page.number)
    asked = slice(max(shown.start_index() - 1, 0), shown.end_index())
    is_few = _are_part(filters, user) and count <= COUNTED_ALWAYS
    ids = list(_ids_in_order(found, filters, is_few=is_few)[asked])
    replays_shown = _replays_of(ids, user, at=at, has_cards=page.has_cards)
    facts_of = attrgetter(*_facts(page))
    reader = Reader(user, at, has_cards=page.has_cards, has_class_groups=has_class_groups)
    return ReplayList(
        rows=_rows(ids, replays_shown, reader),
        facts=[facts_of(replays_shown[pk]) for pk in sorted(replays_shown)],
        headers=_headers(filters, page, has_class_groups=has_class_groups),
        pager=pager_of(shown, path=page.path, query=filters.as_query()),
        has_class_groups=has_class_groups,
        has_cards=page.has_cards,
    )


def list_facts(
    replays: QuerySet[Replay], filters: Filters, *, page: PageWanted, user: User
) -> list[tuple[object, ...]]:
    """Return the facts that the rows of a page follow from; one query."""
    first = (page.number - 1) * page.page_size
    if first + page.page_size not in INT64:
        return []
    # They were not counted: few among many is the way that is never slow.
    is_few = _are_part(filters, user)
    ids = _ids_in_order(filtered(replays, filters), filters, is_few=is_few)
    shown = Replay.objects.filter(pk__in=ids[first : first + page.page_size])
    if page.has_cards:
        shown = shown.annotate(places=places_of(user.pk))
    return list(shown.order_by("pk").values_list(*_facts(page)))


def _facts(page: PageWanted) -> tuple[str, ...]:
    return (*FACTS, "places") if page.has_cards else FACTS


def _are_part(filters: Filters, user: User) -> bool:
    """Tell whether these may be few among many."""
    return bool(filters.q or filters.is_by_lesson or not access.sees_all_replays(user))


def _ids_in_order(
    found: QuerySet[Replay], filters: Filters, *, is_few: bool
) -> QuerySet[Replay, int]:
    ordered = in_list_order(found, sort=filters.sort, state=filters.state, is_few=is_few)
    return ordered.values_list("pk", flat=True)


def count_of(found: QuerySet[Replay]) -> int:
    """Count those that match. Large totals are cached for a minute."""
    found = found.order_by()
    few = found[: COUNTED_ALWAYS + 1].count()
    if few <= COUNTED_ALWAYS:
        return few
    question = repr(found.query.sql_with_params())
    key = f"replays-count-{hashlib.sha256(question.encode()).hexdigest()}"
    known = cache.get(key)
    if known is not None:
        return int(known)
    count = found.count()
    cache.set(key, count, COUNT_KEPT_S)
    return count


def _shown(ids: list[int], *columns: str) -> QuerySet[Replay]:
    return (
        with_sessions(Replay.objects.all())
        .select_related("teacher", "room__polling", "lesson", "deleted_by", "purge")
        .only(*OWN_COLUMNS, *JOINED_COLUMNS, *columns)
        .annotate(group_names=_group_names())
        .filter(pk__in=ids)
    )


_SHOWN = Statement(_shown)
# Their pictures are those that the person may see, or all there are.
_AS_CARDS = Statement(
    lambda ids, user_id, at: with_card_facts(
        _shown(ids, *COLUMNS), user_id=user_id, viewer_id=user_id, at=at
    )
)
_ALL_AS_CARDS = Statement(
    lambda ids, user_id, at: with_card_facts(
        _shown(ids, *COLUMNS), user_id=user_id, viewer_id=None, at=at
    )
)
_FILES = Statement(
    lambda ids: (
        ReplayFile.objects.present()
        .filter(replay__pk__in=ids)
        .values_list("replay", *FileFacts._fields[1:])
    )
)


def _replays_of(
    ids: list[int], user: User, *, at: dt.datetime, has_cards: bool
) -> dict[int, Replay]:
    """These replays, by their key.

    Their ids were read from an index alone, so a late page need not read the rows of all pages before it.
    """
    if has_cards:
        as_cards = _ALL_AS_CARDS if access.sees_all_replays(user) else _AS_CARDS
        rows = as_cards.rows(ids=ids, user_id=user.pk, at=at)
    else:
        rows = _SHOWN.rows(ids=ids)
    return {replay.pk: replay for replay in rows}


def _rows(ids: list[int], found: Mapping[int, Replay], reader: Reader) -> tuple[ReplayRow, ...]:
    files = _files_of(ids)
    before_code, after_code = reverse("replays:detail", args=["CODE"]).rsplit("CODE")
    return tuple(
        _row(replay, files[replay.pk], f"{before_code}{replay.code}{after_code}", reader)
        for replay in (found[each] for each in ids if each in found)
    )


def _files_of(ids: list[int]) -> dict[int, list[FileFacts]]:
    """The files that there are, by the replay's key."""
    files: dict[int, list[FileFacts]] = defaultdict(list)
    for row in _FILES.rows(ids=ids):
        file = FileFacts(*row)
        files[file.replay_id].append(file)
    return files


def _group_names() -> Subquery:
    """The class groups of a replay's lesson, read with its row."""
    of_lesson = ClassGroup.objects.filter(lessons=OuterRef("lesson"))
    return names_of(of_lesson, of="lessons")


def _row(replay: Replay, files: Sequence[FileFacts], address: str, reader: Reader) -> ReplayRow:
    is_in_trash, at = replay.reason == ReplayReason.TRASHED, reader.at
    abilities = access.abilities_in_lists(reader.user, replay, at)
    class_groups = names_in(replay.group_names)  # type: ignore[attr-defined] # annotated
    title = title_of(replay)
    told_groups = class_groups if reader.has_class_groups else ()
    return ReplayRow(
        code=replay.code,
        address=address,
        title=title,
        choose=_("Choose %(title)s") % {"title": title},
        room_number=NOTHING if replay.room_number is None else str(replay.room_number),
        room_type=str(ROOM_TYPES.get(replay.room_type, replay.room_type)),
        made_at=_to_the_second(replay.made_at),
        teacher=NOTHING if replay.teacher is None else replay.teacher.display_name,
        class_groups="、".join(class_groups) or NOTHING,
        sizes=wording.sizes_text([file.size_bytes for file in files]),
        state=wording.state_words(replay),
        why=_why(replay, at),
        in_trash=trash_text(replay, at) if is_in_trash else "",
        may_delete=abilities.delete,
        may_restore=abilities.restore,
        card=card_of(replay, files, told_groups, at) if reader.has_cards else None,
    )


def _to_the_second(moment: dt.datetime | None) -> str:
    return NOTHING if moment is None else f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _why(replay: Replay, at: dt.datetime) -> str:
    """Say why a replay is not ready; and of which class it is, while nothing was made that has a time."""
    why = wording.short_reason(replay, at)
    if replay.made_at is not None:
        return why
    planned = _("planned for %(moment)s") % {
        "moment": f"{timezone.localtime(replay.planned_start):%Y-%m-%d %H:%M}"
    }
    return f"{planned} · {why}" if why else planned


def trash_text(replay: Replay, at: dt.datetime) -> str:
    """Say who moved a replay to the trash, when, and until when it can be restored."""
    purge = replay.planned_purge
    if replay.deleted_at is None or purge is None or purge.due_at is None:
        return ""
    words = {
        "time": moment_text(replay.deleted_at, at),
        "until": moment_text(purge.due_at, at),
        "person": "" if replay.deleted_by is None else replay.deleted_by.display_name,
    }
    if purge.has_begun:
        return _("Deleted on %(time)s; its files are being deleted.") % words
    if replay.deleted_by is None:
        return _("Retention ended on %(time)s; can be restored until %(until)s.") % words
    return _("Deleted by %(person)s on %(time)s; can be restored until %(until)s.") % words


def address_of(page: PageWanted, query: Mapping[str, str]) -> str:
    size = {} if page.page_size == PAGE_SIZE else {"page_size": str(page.page_size)}
    values = {**query, **size}
    return with_query(page.path, values)


def _headers(
    filters: Filters, page: PageWanted, *, has_class_groups: bool
) -> tuple[ColumnHeader, ...]:
    headers = [
        ColumnHeader(
            label=str(label),
            address=address_of(page, filters.sorted_next(key).as_query()),
            sorted={key.value: "ascending", f"{DOWN}{key}": "descending"}.get(filters.sort, ""),
        )
        for key, label in HEADS.items()
    ]
    unsorted = [_("Taught by"), *([_("Class groups")] if has_class_groups else [])]
    between = (ColumnHeader(label=label, address="", sorted="") for label in unsorted)
    return (*headers[:-1], *between, headers[-1])
