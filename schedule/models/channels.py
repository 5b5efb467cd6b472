"""Channels: groups of a chat, whose robots tell what changes in the timetable."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib import secret_text
from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.enums import ChannelMessageState
from schedule.models.changes import PlanningAction
from schedule.models.class_groups import ClassGroup

CHANNEL_NAME_CHARS = 64
CAUSE_CHARS = 64
SCHEMA_CHARS = 32
# Another salt would make all addresses unreadable.
ADDRESS_SALT = "schedule.channel"


class ChannelQuerySet(models.QuerySet["Channel"]):
    def active(self) -> ChannelQuerySet:
        return self.filter(is_active=True)


class Channel(models.Model):
    """A place where changes of a class group's lessons are told; without a class group, those of the whole school.

    Who has the address can write into the group, so it is kept encrypted, and shown nowhere.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    class_group = models.ForeignKey(
        ClassGroup,
        models.CASCADE,
        related_name="channels",
        verbose_name=_("class group"),
        null=True,
        blank=True,
    )
    name = models.CharField(_("name"), max_length=CHANNEL_NAME_CHARS)
    # This is apprise's, and says which service it is.
    schema = models.CharField(max_length=SCHEMA_CHARS)
    encrypted_address = models.TextField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    is_active = models.BooleanField(default=True)
    # It also tells those who look after running classes of their alarms.
    tells_alarms = models.BooleanField(default=False, db_default=False)
    last_success_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    # Since the last success.
    failures = models.PositiveSmallIntegerField(default=0)
    # A fault as `schedule.channels.faults` writes it, without anything that was sent or answered.
    last_fault = models.CharField(max_length=64, blank=True)
    # Nothing is sent before.
    retry_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.code

    def set_address(self, address: str) -> None:
        self.encrypted_address = secret_text.encrypt(address, salt=ADDRESS_SALT)

    def read_address(self) -> str:
        """The address, for sending alone.

        Raises:
            Unreadable: it was encrypted under another SECRET_KEY.
        """
        return secret_text.decrypt(self.encrypted_address, salt=ADDRESS_SALT)


class ChannelMessage(DueWork):
    """A message of one action, or of another cause, to one channel. It is due while it is to be sent."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="messages")
    # Empty: nobody planned anything, and the message is told once for `cause`, as `text` says it.
    action = models.ForeignKey(
        PlanningAction, models.CASCADE, related_name="channel_messages", null=True, blank=True
    )
    cause = models.CharField(max_length=CAUSE_CHARS, blank=True, default="", db_default="")
    text = models.TextField(blank=True, default="", db_default="")
    # By the lesson's code what people know of it and what it became: pairs of snapshots, or of nothing.
    lessons = models.JSONField(default=dict)
    state = models.CharField(
        max_length=16, choices=ChannelMessageState.choices, default=ChannelMessageState.WAITING
    )
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DueQuerySet["ChannelMessage"].as_manager()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "action"], name="schedule_channelmessage_once_an_action"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ChannelMessageState.values),
                name="schedule_channelmessage_known_state",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_channelmessage_due",
            ),
            models.Index(fields=["created_at"], name="schedule_channelmessage_age"),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


def lock_channels_to_delete(channels: models.QuerySet[Channel]) -> None:
    """Lock channels, then their messages, until the transaction ends: those who tell of changes lock them so too."""
    locked = channels.order_by("pk").select_for_update(of=("self",))
    pks = list(locked.values_list("pk", flat=True))
    messages = ChannelMessage.objects.filter(channel__in=pks).order_by("pk")
    list(messages.select_for_update(of=("self",)).values_list("pk"))
