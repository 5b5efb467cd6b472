from __future__ import annotations

from django.http import HttpRequest

from accounts.models import User


def signed_in(request: HttpRequest) -> User:
    """The person of a request that only signed-in people can make."""
    if not isinstance(request.user, User):
        raise TypeError("nobody is signed in")
    return request.user


class SignedInRequest(HttpRequest):
    """A request behind LoginRequiredMiddleware: somebody is signed in."""

    user: User
