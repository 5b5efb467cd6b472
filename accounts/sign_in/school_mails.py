"""Mails in the school's name about signing in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string

from accounts.models import SchoolSettings
from edu_platform.lib.database import release_database


def send_school_mail(template_prefix: str, email: str, context: dict[str, Any]) -> None:
    """Send one; none where mail would end in a log.

    Raises:
        OSError: the mail server does not take it; its words may repeat the mail.
    """
    if not settings.SENDS_MAIL:
        return
    school = {
        "school_name": SchoolSettings.load().school_name,
        "base_url": settings.PUBLIC_BASE_URL,
    }
    subject = render_to_string(f"{template_prefix}_subject.txt", context | school)
    body = render_to_string(f"{template_prefix}_message.txt", context | school)
    release_database()
    send_mail(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [email])
