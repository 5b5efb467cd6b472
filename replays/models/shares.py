"""Links by which somebody without an account watches one replay."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.db.models.lookups import Exact, In
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from replays.enums import LinkState, ReplayReason, ReplayState
from replays.models.replay import Replay

ENDED_LINKS = frozenset({LinkState.OVER, LinkState.EXPIRED, LinkState.REVOKED})


def link_state(at: dt.datetime) -> Case:
    """The state of a link as far as its row tells: whether a student who made it may still share the replay, `access` knows."""
    is_away = Q(replay__deleted_at__isnull=False) | ~Q(replay__state=ReplayState.READY)
    return Case(
        When(revoked_at__isnull=False, then=Value(LinkState.REVOKED)),
        When(expires_at__lte=at, then=Value(LinkState.EXPIRED)),
        When(replay__reason=ReplayReason.DELETED_HERE, then=Value(LinkState.OVER)),
        When(created_by__is_active=False, then=Value(LinkState.CLOSED)),
        When(is_away, then=Value(LinkState.PAUSED)),
        default=Value(LinkState.VALID),
        output_field=models.CharField(),
    )


class ShareQuerySet(models.QuerySet["Share"]):
    def with_states(self, *, at: dt.datetime) -> ShareQuerySet:
        """These links, each with its `state`."""
        return self.annotate(state=link_state(at))

    def not_ended(self, *, at: dt.datetime) -> ShareQuerySet:
        """Links that lead to their replay, or may again."""
        return self.exclude(In(link_state(at), ENDED_LINKS))

    def valid(self, *, at: dt.datetime) -> ShareQuerySet:
        """Links that lead to their replay now; see `access.usable_links` for those of students."""
        return self.in_state(LinkState.VALID, at=at)

    def in_state(self, state: LinkState, *, at: dt.datetime) -> ShareQuerySet:
        return self.filter(Exact(link_state(at), state))


class Share(models.Model):
    """A link to one replay. Only a digest of its secret part is stored."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    replay = models.ForeignKey(
        Replay, models.CASCADE, related_name="shares", verbose_name=_("replay")
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("shared by")
    )
    created_at = models.DateTimeField(_("shared"), default=timezone.now)
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # Hashed; empty: none is asked for.
    password = models.CharField(max_length=128, blank=True, editable=False)
    may_download = models.BooleanField(_("may be downloaded"), default=False)
    # By somebody who could share the replay as a student of its lesson alone.
    made_as_student = models.BooleanField(
        _("made as a student"),
        default=False,
        help_text=_("It leads to the replay only while the lesson lets this student share it."),
    )

    # Recent wrong passwords, when the last came, and until when the link is locked.
    wrong_passwords = models.PositiveSmallIntegerField(default=0, editable=False)
    wrong_at = models.DateTimeField(null=True, blank=True, editable=False)
    locked_until = models.DateTimeField(null=True, blank=True, editable=False)

    # Tickets to the cloud's player that its visitors took since then; see `services.playback`.
    tickets = models.PositiveSmallIntegerField(default=0, editable=False)
    tickets_since = models.DateTimeField(null=True, blank=True, editable=False)

    views = models.PositiveIntegerField(_("views"), default=0)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    objects = ShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("link to a replay")
        verbose_name_plural = _("links to replays")
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="replays_share_expires_later",
            )
        ]

    def __str__(self) -> str:
        return f"{self.replay_id} {self.code}"

    @property
    def has_password(self) -> bool:
        return bool(self.password)
