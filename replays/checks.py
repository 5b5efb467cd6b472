"""System checks of how replay files are delivered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from replays.playback.delivery import Delivery


@register(Tags.security, deploy=True)
def check_delivery(app_configs: Sequence[AppConfig] | None, **_kwargs: Any) -> list[CheckMessage]:
    if settings.REPLAY_DELIVERY != Delivery.REDIRECT:
        return []
    return [
        checks.Warning(
            "REPLAY_DELIVERY is redirect: anyone who plays a replay can keep its address in the cloud.",
            hint=(
                "Set it to accel, with nginx in front (deploy/nginx/), or to signed, when the"
                " recordings' storage is the school's own. That address opens for everybody, and stays."
            ),
            id="replays.W001",
        )
    ]
