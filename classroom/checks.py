"""System checks of the settings for the cloud's callbacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from classroom.addresses import callback_address, is_beyond_the_clouds_reach
from classroom.client.transport import is_configured
from classroom.hooks import room_handlers

KEYS_AT_MOST = 2  # the present one, and during a change the one before


@register
def check_room_handlers(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    if room_handlers:
        return []
    return [
        checks.Error(
            "Nobody handles events of rooms: callbacks would be stored and never acted on.",
            hint="An app registers its handler with classroom.hooks.room_handlers when it starts.",
            id="classroom.E001",
        )
    ]


@register
def check_callback_keys(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if is_configured() and not settings.LCIC_CALLBACK_KEY:
        found.append(
            checks.Warning(
                "LCIC_CALLBACK_KEY is not set, so every callback of the cloud is refused.",
                hint=(
                    "Set it to a long random text, and have manage.py setup_cloud tell the cloud, which"
                    f" sends its callbacks to {callback_address()}."
                ),
                id="classroom.W001",
            )
        )
    if len(settings.LCIC_CALLBACK_KEY) > KEYS_AT_MOST:
        found.append(
            checks.Warning(
                "LCIC_CALLBACK_KEY holds more than two keys, and each of them opens the door.",
                hint="Keep the present key, and the one before it only while they are changed.",
                id="classroom.W002",
            )
        )
    return found


@register(Tags.security, deploy=True)
def check_cloud_reaches_us(
    app_configs: Sequence[AppConfig] | None, **_kwargs: Any
) -> list[CheckMessage]:
    if not is_beyond_the_clouds_reach():
        return []
    return [
        checks.Warning(
            "PUBLIC_BASE_URL is an address that the classroom cloud cannot reach.",
            hint=f"Set it to one by which {callback_address()} can be called from outside.",
            id="classroom.W003",
        )
    ]
