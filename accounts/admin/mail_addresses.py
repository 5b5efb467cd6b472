from __future__ import annotations

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress, EmailConfirmation
from django.contrib import admin

from edu_platform.lib.admin_base import PlatformAdmin
from edu_platform.lib.admin_deletion import leave_untold

# The library registers a class of its own.
admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class AddressAdmin(PlatformAdmin[EmailAddress], EmailAddressAdmin):
    """Verified e-mail addresses of people; for superusers alone, as such an address leads to a new password."""


# What was sent to the address to verify it.
leave_untold(EmailConfirmation)
