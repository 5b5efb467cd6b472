"""Links by which somebody without an account watches one replay: made, opened by a password, revoked."""

from __future__ import annotations

import datetime as dt
import secrets
import threading
import unicodedata
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from accounts.models import User
from accounts.permissions import Action, may
from replays import access
from replays.models import Replay, Share, ShareQuerySet
from replays.models.shares import digest_of

TOKEN_BYTES = 32
# Of one person. More than anybody looks through; each is a door that somebody has to remember.
OPEN_LINKS_AT_MOST = 50

# So many wrong passwords cost nothing, as of a whole class some mistype it; from then on each one
# closes the link for twice as long. They are forgotten with time alone: were it by a right one, then
# whoever guesses would have new tries from everybody who knows it.
FREE_GUESSES = 20
FIRST_LOCK = dt.timedelta(minutes=1)
LONGEST_LOCK = dt.timedelta(hours=1)
# Since the last one, for each of them. No shorter than the longest lock, so that there are never many
# more of them than close the link for so long.
FORGOTTEN_AFTER = LONGEST_LOCK

# Each takes a hundred megabytes while it is looked at: so many at once in a process, and for a place
# among them somebody waits so long.
LOOKED_AT_ONCE = 2
PLACE_WITHIN_S = 0.5
_looking = threading.BoundedSemaphore(LOOKED_AT_ONCE)


class NotToBeShared(Exception):
    """The replay cannot be played now, so there is nothing to share."""


class TooManyLinks(Exception):
    """The person has as many open links to the replay as one may have."""


class WrongPassword(Exception):
    """This is not the link's password."""


class TooManyGuesses(Exception):
    """Passwords are not looked at for a while.

    Args:
        until: when they are again.
    """

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"no password is looked at until {until:%Y-%m-%d %H:%M:%S}")
        self.until = until


class TooManyAtOnce(Exception):
    """Many passwords are looked at just now; this one was not, and it is not counted."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link just made. Its token is known here and to whoever is given it; it cannot be had again."""

    share: Share
    token: str


def share(
    replay: Replay,
    *,
    person: User,
    days: int,
    password: str,
    may_download: bool,
    at: dt.datetime,
) -> NewLink:
    """Make a link to a replay that leads there for so many days.

    Raises:
        NotToBeShared: it is not ready, or in the bin.
        TooManyLinks: the person has too many open ones to it.
    """
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = Share(
        replay=replay,
        token_digest=digest_of(token),
        created_by=person,
        created_at=at,
        expires_at=at + dt.timedelta(days=days),
        # Hashed before the transaction: it takes its time.
        password=make_password(plain(password)) if password else "",
        may_download=may_download,
        made_as_student=not may(Action.SEE_ALL_LINKS, access.replay_relations(person, replay)),
    )
    _save(link, at)
    return NewLink(share=link, token=token)


@transaction.atomic
def _save(link: Share, at: dt.datetime) -> None:
    # Those who share one replay at once queue here.
    replay = Replay.objects.select_for_update(of=("self",)).get(pk=link.replay_id)
    if not replay.is_ready or replay.deleted_at is not None:
        raise NotToBeShared
    theirs = Share.objects.not_ended(at=at).filter(replay=replay, created_by=link.created_by_id)
    if theirs.count() >= OPEN_LINKS_AT_MOST:
        raise TooManyLinks
    link.save()


def revoke(link: Share, *, at: dt.datetime) -> bool:
    """Close a link for good; return whether it was still open. Safe to repeat."""
    return bool(revoke_all(Share.objects.filter(pk=link.pk), at=at))


def revoke_all(links: ShareQuerySet, *, at: dt.datetime) -> int:
    """Close links for good, in one statement; return how many were still open. Safe to repeat."""
    return links.filter(revoked_at=None).update(revoked_at=at)


def plain(password: str) -> str:
    """The password as it is compared: however a keyboard writes its digits, and without blanks around it."""
    return unicodedata.normalize("NFKC", password).strip()


def locked_until(link: Share, *, at: dt.datetime) -> dt.datetime | None:
    """Until when no password is looked at; None when one is."""
    return link.locked_until if link.locked_until and link.locked_until > at else None


def open_with(link: Share, password: str, *, at: dt.datetime) -> None:
    """Take a password for a link, and count the wrong ones.

    Of any number that come at the same moment no more are answered than one after the other would
    be: an answer, be it right or wrong, is given only to those who find the link unlocked.

    Raises:
        WrongPassword: it is another one.
        TooManyGuesses: there were too many wrong ones; this one was not looked at.
        TooManyAtOnce: nor was this one.
    """
    _refuse_if_locked(link, at)
    # Outside of the transaction, which others wait for.
    is_right = _is_password(link, password)
    if not _count_guess(link.pk, is_right=is_right, at=at):
        raise WrongPassword


def _is_password(link: Share, password: str) -> bool:
    if not _looking.acquire(timeout=PLACE_WITHIN_S):
        raise TooManyAtOnce
    try:
        return check_password(plain(password), link.password)
    finally:
        _looking.release()


@transaction.atomic
def _count_guess(link_id: int, *, is_right: bool, at: dt.datetime) -> bool:
    link = Share.objects.select_for_update(of=("self",)).get(pk=link_id)
    _refuse_if_locked(link, at)
    if is_right:
        return True
    link.wrong_passwords = _not_forgotten(link, at) + 1
    link.wrong_at = at
    link.locked_until = _lock_after(link.wrong_passwords, at)
    link.save(update_fields=["wrong_passwords", "wrong_at", "locked_until"])
    return False


def _not_forgotten(link: Share, at: dt.datetime) -> int:
    forgotten = (at - link.wrong_at) // FORGOTTEN_AFTER if link.wrong_at is not None else 0
    return max(link.wrong_passwords - max(forgotten, 0), 0)


def _refuse_if_locked(link: Share, at: dt.datetime) -> None:
    if until := locked_until(link, at=at):
        raise TooManyGuesses(until)


def _lock_after(wrong_passwords: int, at: dt.datetime) -> dt.datetime | None:
    beyond = wrong_passwords - FREE_GUESSES
    if beyond < 0:
        return None
    return at + min(FIRST_LOCK * (1 << beyond), LONGEST_LOCK)
