from __future__ import annotations

from typing import Any

from allauth.account.signals import password_changed
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.models import User


@receiver(password_changed)
def end_start_password(request: HttpRequest, user: User, **_kwargs: Any) -> None:
    """The person chose a password of their own."""
    if user.must_change_password:
        user.must_change_password = False
        user.save(update_fields=["must_change_password"])
