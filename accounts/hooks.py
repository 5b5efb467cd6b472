"""Hooks for higher apps: what else a person's page in the administration shows, and what keeps a role."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.options import InlineModelAdmin

from accounts.enums import Role
from accounts.models import User
from edu_platform.lib.hooks import Hook

person_inlines: Hook[type[InlineModelAdmin[Any, User]]] = Hook("rows on the page of a person")

# Whether work still to come needs the role: then staff take it, not what the school's sign-in says.
NeedsRole = Callable[[User, Role], bool]
role_needs: Hook[NeedsRole] = Hook("work that needs a role of a person")
