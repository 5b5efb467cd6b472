"""Admin pages of what only the platform itself writes."""

from __future__ import annotations

from django.http import HttpRequest


class ReadOnly:
    """People look; nothing is added, changed or deleted by hand. Stands before the admin class."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
