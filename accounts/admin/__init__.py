"""The administration of people, of how the cloud knows them, and of the school's settings."""

from __future__ import annotations

from django.contrib import admin

# Imported for its registration of groups, which is taken back: roles stand in their place.
from django.contrib.auth import admin as auth_admin  # noqa: F401
from django.contrib.auth.models import Group

from accounts.admin import identities, mail_addresses, people, school_settings  # noqa: F401 -- register themselves

admin.site.unregister(Group)
