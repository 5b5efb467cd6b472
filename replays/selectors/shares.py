"""Share links on the page of a replay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models.lookups import In
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import Relation
from edu_platform.lib.formatting import StateWords
from edu_platform.lib.statements import Statement
from replays import access, wording
from replays.enums import LinkState, ReplayReason
from replays.models import Replay, Share, ShareQuerySet
from replays.models.shares import ENDED_LINKS, link_state

# Closed links are shown this long.
SHOWN_AFTER_END = dt.timedelta(days=30)
LINKS_SHOWN = 100
BETWEEN = " · "
SHAPES = {
    LinkState.VALID: "✓",
    LinkState.PAUSED: "◇",
    LinkState.NOT_ALLOWED: "✕",
    LinkState.OVER: "✕",
    LinkState.CLOSED: "✕",
    LinkState.EXPIRED: "◇",
    LinkState.REVOKED: "✕",
}


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One link: who made it, what it allows, and how much it was used. Its address is not stored."""

    code: str
    state: StateWords
    is_valid: bool
    may_be_revoked: bool
    has_password: bool
    # Until when it leads to the replay, or when it ceased to.
    ends: str
    made: str
    allows: str
    uses: str


def link_rows(
    replay: Replay, user: User, relations: Collection[Relation], *, at: dt.datetime
) -> list[LinkRow]:
    """The links that a person, who is this to the replay, sees: first those that have not ended, then the newest."""
    shown = _shown_links(replay, None if access.sees_all_links(relations) else user, at)
    usable = access.usable_links(shown, replay)
    rows = []
    for link in shown:
        state = LinkState(link.state)  # type: ignore[attr-defined] # annotated
        is_usable = state is not LinkState.VALID or link.pk in usable
        rows.append(_row(link, replay, state if is_usable else LinkState.NOT_ALLOWED))
    return rows


def _shown_links(replay: Replay, made_by: User | None, at: dt.datetime) -> list[Share]:
    since = at - SHOWN_AFTER_END
    if made_by is None:
        return _LINKS.rows(replay_id=replay.pk, since=since, at=at)
    return _LINKS_OF_PERSON.rows(replay_id=replay.pk, user_id=made_by.pk, since=since, at=at)


def _first_shown(links: ShareQuerySet, since: dt.datetime, at: dt.datetime) -> ShareQuerySet:
    has_ended = In(link_state(at), ENDED_LINKS)
    shown = links.filter(expires_at__gt=since).select_related("created_by")
    return shown.with_states(at=at).order_by(has_ended, "-created_at", "-pk")[:LINKS_SHOWN]


_LINKS = Statement(
    lambda replay_id, since, at: _first_shown(Share.objects.filter(replay=replay_id), since, at)
)
_LINKS_OF_PERSON = Statement(
    lambda replay_id, user_id, since, at: _first_shown(
        Share.objects.filter(replay=replay_id, created_by=user_id), since, at
    )
)


def valid_links_count(replays: Collection[Replay], *, at: dt.datetime) -> int:
    """Count the links that lead to these replays now."""
    links: dict[int, list[Share]] = {replay.pk: [] for replay in replays}
    valid = Share.objects.valid(at=at).filter(replay__in=replays)
    for link in valid.select_related("created_by"):
        links[link.replay_id].append(link)
    return sum(len(access.usable_links(links[replay.pk], replay)) for replay in replays)


def _row(link: Share, replay: Replay, state: LinkState) -> LinkRow:
    look = "mark-done" if state is LinkState.VALID else "mark-quiet"
    return LinkRow(
        code=link.code,
        state=StateWords(shape=SHAPES[state], label=str(state.label), css_class=look),
        is_valid=state is LinkState.VALID,
        may_be_revoked=state not in ENDED_LINKS,
        has_password=link.has_password,
        ends=_ends(link, replay, state),
        made=_("Made by %(name)s on %(moment)s")
        % {"name": link.created_by.display_name, "moment": _moment(link.created_at)},
        allows=BETWEEN.join(
            [
                _("with a password") if link.has_password else _("without a password"),
                _("may be downloaded") if link.may_download else _("for watching only"),
            ]
        ),
        uses=_uses(link),
    )


def _ends(link: Share, replay: Replay, state: LinkState) -> str:
    if state is LinkState.VALID:
        return _("until %(moment)s") % {"moment": _moment(link.expires_at)}
    if state in {LinkState.PAUSED, LinkState.OVER}:
        return _closed_reason(ReplayReason(replay.reason))
    if state in {LinkState.EXPIRED, LinkState.REVOKED}:
        return _moment(link.revoked_at or link.expires_at)
    # When an account was closed, or a student lost a right, nobody noted.
    return ""


def _closed_reason(reason: ReplayReason) -> str:
    words = {
        ReplayReason.TRASHED: _("(the replay is in the trash)"),
        ReplayReason.DELETED_HERE: _("(the replay was deleted)"),
        ReplayReason.VANISHED: _("(the replay was deleted elsewhere)"),
    }
    return words.get(reason, "")


def _uses(link: Share) -> str:
    if link.last_used_at is None:
        return _("not used yet")
    return BETWEEN.join(
        [
            wording.views_text(link.views),
            wording.downloads_text(link.downloads),
            _("last used %(moment)s") % {"moment": _moment(link.last_used_at)},
        ]
    )


def _moment(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"
