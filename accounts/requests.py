from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in."""

    user: User
