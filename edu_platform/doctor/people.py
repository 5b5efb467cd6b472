"""People who look after the platform, and the ways in which they sign in."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from edu_platform.doctor.findings import Finding, check, ok, warning


@check("people.superuser", "people.second_factor")
def superusers() -> Iterator[Finding]:
    found = User.objects.filter(is_superuser=True, is_active=True)
    count = found.count()
    if not count:
        yield warning(
            "people.superuser",
            _("There is no superuser: nobody can make administrators."),
            _("Run `manage.py createsuperuser`."),
        )
        return
    told = ngettext("There is %(count)d superuser.", "There are %(count)d superusers.", count)
    yield ok("people.superuser", told % {"count": count})
    with_codes = Authenticator.objects.filter(type=Authenticator.Type.TOTP).values("user")
    without = found.exclude(pk__in=with_codes).count()
    if not without:
        yield ok("people.second_factor", _("All superusers have a second factor."))
        return
    yield warning(
        "people.second_factor",
        ngettext(
            "%(count)d superuser signs in with a password alone.",
            "%(count)d superusers sign in with a password alone.",
            without,
        )
        % {"count": without},
        _(
            "Have them set up a second factor in their profile. The school settings can make it"
            " compulsory: docs/accounts.md."
        ),
    )
