"""Hooks for higher apps: what else a person's page in the administration shows and changes."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import InlineModelAdmin

from accounts.models import User
from edu_platform.lib.hooks import Hook

person_inlines: Hook[type[InlineModelAdmin[Any, User]]] = Hook("rows on the page of a person")
