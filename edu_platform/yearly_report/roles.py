"""Roles with what they allow and how many people have each, and the second factor of those with power."""

from __future__ import annotations

from collections.abc import Mapping

from allauth.mfa.models import Authenticator
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.enums import STAFF_ROLES, ErasureState, Role
from accounts.models import RoleGrant, SchoolSettings, User
from accounts.role_lines import ROLE_LINES
from edu_platform.yearly_report.section import Cell, Section


def roles_section() -> Section:
    """Count the people of each role whose accounts are open; two queries."""
    counts = _counts(RoleGrant.objects.filter(user__is_active=True))
    people = _not_erased().aggregate(
        superusers=_people(is_superuser=True, is_active=True),
        none=_people(is_superuser=False, is_active=True, role_grants=None),
        closed=_people(is_active=False),
    )
    return Section(
        name="roles",
        title=_("Who may see what"),
        words=_(
            "Open accounts by role, as they are today. Somebody with several roles counts for each; people who were erased are left out."
        ),
        heads=[_("Role"), _("People"), _("What it allows")],
        rows=[
            *(_row(role, counts) for role in Role),
            [_("Superuser"), people["superusers"], _superuser_line()],
            [_("No role"), people["none"], _("sees their own profile alone")],
            [_("Account deactivated"), people["closed"], _("cannot sign in")],
        ],
    )


def _row(role: Role, counts: Mapping[str, int]) -> list[Cell]:
    return [str(role.label), counts.get(role, 0), str(ROLE_LINES[role])]


def _superuser_line() -> str:
    return pgettext("staff", "does everything, appoints administrators, and looks after the server")


def _not_erased() -> QuerySet[User]:
    return User.objects.get_queryset().exclude(erasure__state=ErasureState.ERASED)


def _people(**fields: object) -> Count:
    """Count people once, however many roles they have."""
    return Count("pk", filter=Q(**fields), distinct=True)


def _counts(grants: QuerySet[RoleGrant]) -> dict[str, int]:
    return dict(grants.order_by().values_list("role").annotate(count=Count("user")))


def second_factor_section() -> Section:
    """Count those of the staff who have a second factor; three queries, and one for the school's settings."""
    with_code = Authenticator.objects.filter(type=Authenticator.Type.TOTP).values("user")
    of_staff = RoleGrant.objects.filter(user__is_active=True, role__in=STAFF_ROLES)
    counts = _counts(of_staff)
    covered = _counts(of_staff.filter(user__in=with_code))
    superusers = User.objects.filter(is_superuser=True, is_active=True).aggregate(
        all=Count("pk"), covered=Count("pk", filter=Q(pk__in=with_code))
    )
    rows = [
        (str(role.label), counts.get(role, 0), covered.get(role, 0))
        for role in Role
        if role in STAFF_ROLES
    ]
    rows.append((_("Superuser"), superusers["all"], superusers["covered"]))
    is_compulsory = SchoolSettings.load().second_factor_is_compulsory
    return Section(
        name="second-factor",
        title=_("Second factor of staff"),
        words=_("It is compulsory for all staff.")
        if is_compulsory
        else _("It is not compulsory: the school's settings can make it so."),
        heads=[_("Role"), _("People"), _("With a second factor"), _("Without a second factor")],
        rows=[
            [role, people, with_factor, people - with_factor] for role, people, with_factor in rows
        ],
    )
