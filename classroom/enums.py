from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """Triggers of a question to the cloud."""

    CALLBACK = "callback", _("A callback of the cloud")
    POLL = "poll", _("The platform's own look")
    ENTRY = "entry", _("Somebody who entered")
    ADMIN = "admin", _("An administrator")
    BY_HAND = "by_hand", _("Somebody asking by hand")
    COMMAND = "command", _("A command")


class EventKind(models.TextChoices):
    """Things that have to be looked at again because of an event."""

    MEMBER = "member", _("Somebody came or left")
    DOCUMENT = "document", _("A document")
    ROOM = "room", _("A room")
    OTHER = "other", _("Something else")


class EventState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    PROCESSED = "processed", _("Processed")
    DEAD = "dead", _("Given up")


class Outcome(models.TextChoices):
    """Outcomes of a processed event."""

    HANDLED = "handled", _("The cloud was asked")
    NOTHING_TO_DO = "nothing_to_do", _("Nothing to do")
    UNKNOWN_ROOM = "unknown_room", _("Not a room of ours")
    UNKNOWN_DOCUMENT = "unknown_document", _("Not a document of ours")
