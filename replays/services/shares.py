"""Links by which somebody without an account watches one replay: made, opened by a password, revoked."""

from __future__ import annotations

import datetime as dt
import threading
import unicodedata
from dataclasses import dataclass

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from accounts.models import User
from accounts.permissions import Action, may
from edu_platform.lib.secret_tokens import digest_of, make_secret_token
from replays import access
from replays.models import Replay, Share, ShareQuerySet

# Per person and replay. Each open link is a door to keep track of.
OPEN_LINKS_AT_MOST = 50

# This many wrong passwords are free, as some of a class mistype it; each further one locks the link for twice
# as long. They expire with time only: if a right one reset them, everybody who knows it would give an attacker
# new tries.
FREE_GUESSES = 20
FIRST_LOCK = dt.timedelta(minutes=1)
LONGEST_LOCK = dt.timedelta(hours=1)
# Each expires this long after the last one. No shorter than the longest lock, so that the count stays near what
# locks for that long.
FORGOTTEN_AFTER = LONGEST_LOCK

# Checking one takes a core and 19 MiB: the limit per process, and how long to wait for a slot.
LOOKED_AT_ONCE = 2
PLACE_WITHIN_S = 0.5
_looking = threading.BoundedSemaphore(LOOKED_AT_ONCE)


class NotToBeShared(Exception):
    """The replay cannot be played now, so there is nothing to share."""


class TooManyLinks(Exception):
    """The person has the maximum of open links to the replay."""


class WrongPassword(Exception):
    """This is not the link's password."""


class TooManyGuesses(Exception):
    """The link is locked after wrong passwords.

    Args:
        until: when the lock ends.
    """

    def __init__(self, until: dt.datetime) -> None:
        super().__init__(f"no password is looked at until {until:%Y-%m-%d %H:%M:%S}")
        self.until = until


class TooManyAtOnce(Exception):
    """Too many passwords are being checked; this one was not, and is not counted."""


@dataclass(frozen=True, slots=True)
class NewLink:
    """A new link. Its token is known only here; it is not stored and cannot be shown again."""

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
    """Create a link to a replay that is valid for so many days.

    Raises:
        NotToBeShared: it is not ready, or in the trash.
        TooManyLinks: the person has too many open ones to it.
    """
    token = make_secret_token()
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
    # Concurrent requests for one replay queue here.
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
    """The password as it is compared: NFKC, as keyboards may write full-width digits, and stripped."""
    return unicodedata.normalize("NFKC", password).strip()


def locked_until(link: Share, *, at: dt.datetime) -> dt.datetime | None:
    """Return until when the link is locked; None when it is not."""
    return link.locked_until if link.locked_until and link.locked_until > at else None


def open_with(link: Share, password: str, *, at: dt.datetime) -> None:
    """Check a password for a link, and count the wrong ones.

    Concurrent tries get no more answers than sequential ones: right or wrong is told only to those that find
    the link unlocked.

    Raises:
        WrongPassword: it is another one.
        TooManyGuesses: there were too many wrong ones; this one was not checked.
        TooManyAtOnce: nor was this one.
    """
    _refuse_if_locked(link, at)
    # Outside the transaction, which others wait for.
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
