from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.TextChoices):
    """What made us ask the cloud, whose answer is then saved."""

    CALLBACK = "callback", _("A callback of the cloud")
    POLL = "poll", _("The platform's own look")
    ENTRY = "entry", _("Somebody who entered")
    ADMIN = "admin", _("An administrator")
    COMMAND = "command", _("A command")
