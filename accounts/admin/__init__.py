"""The administration of people, of how the cloud knows them, and of the school's settings."""

from __future__ import annotations

# Imported for their registrations, which are taken back: roles stand in the place of groups, our own external
# accounts in that of social ones, addresses are columns of people, and nobody edits a second factor.
from allauth.account import admin as account_admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa import admin as mfa_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as social_admin  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth import admin as auth_admin  # noqa: F401
from django.contrib.auth.models import Group

from accounts.admin import (  # noqa: F401 -- register themselves
    audit,
    external_accounts,
    identities,
    people,
    school_settings,
)

admin.site.unregister([Group, EmailAddress, SocialAccount, SocialApp, SocialToken, Authenticator])
