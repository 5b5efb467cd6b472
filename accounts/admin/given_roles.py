"""Roles that the school's sign-in gives: which they are, and what becomes of those that it gives no longer."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from accounts.enums import GrantSource, Role
from accounts.models import RoleGrant, User
from accounts.services.external_accounts import WITHDRAWN_FILTER, keep_role
from accounts.services.people import set_roles


class WithdrawnRoleFilter(admin.SimpleListFilter):
    title = _("school's sign-in")
    parameter_name = WITHDRAWN_FILTER

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("yes", gettext("roles no longer given"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        if self.value() != "yes":
            return queryset
        withdrawn = RoleGrant.objects.filter(withdrawn_at__isnull=False)
        return queryset.filter(pk__in=withdrawn.values("user"))


def given_roles(person: User) -> list[RoleGrant]:
    """Return the roles that the school's sign-in gave the person, and staff have not made theirs."""
    return [grant for grant in person.role_grants.all() if grant.source == GrantSource.CLAIM]


def given_role_lines(person: User) -> str:
    """A line for each of them, with since when it is no longer given."""
    return format_html_join(
        mark_safe("<br>"), "{}", ((_line(each),) for each in given_roles(person))
    )


def _line(grant: RoleGrant) -> str:
    role = Role(grant.role).label
    if grant.withdrawn_at is None:
        return gettext("%(role)s: given by the school's sign-in") % {"role": role}
    day = date_format(timezone.localtime(grant.withdrawn_at), "DATE_FORMAT")
    told = gettext("%(role)s: no longer given by the school's sign-in since %(day)s")
    return told % {"role": role, "day": day}


class WithdrawnRoleActions:
    """Decisions of staff in the list of people. Stands before the admin class."""

    @admin.action(
        description=_("Keep the roles that the school's sign-in no longer gives"),
        permissions=["change"],
    )
    def keep_withdrawn(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        by = signed_in(request)
        decided = 0
        for grant in self._withdrawn(request, queryset):
            keep_role(grant, by=by)
            decided += 1
        text = ngettext("%(count)s role was kept.", "%(count)s roles were kept.", decided)
        _tell(request, text, decided)

    @admin.action(
        description=_("Take the roles away that the school's sign-in no longer gives"),
        permissions=["change"],
    )
    def take_withdrawn(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        by = signed_in(request)
        decided = 0
        for grant in self._withdrawn(request, queryset):
            person = User.objects.get(pk=grant.user_id)
            set_roles(person, person.roles - {Role(grant.role)}, by=by)
            decided += 1
        text = ngettext(
            "%(count)s role was taken away.", "%(count)s roles were taken away.", decided
        )
        _tell(request, text, decided)

    def _withdrawn(self, request: HttpRequest, people: QuerySet[User]) -> list[RoleGrant]:
        """Return the withdrawn roles of those of the chosen people whom one may change."""
        grants = RoleGrant.objects.filter(user__in=people, withdrawn_at__isnull=False)
        may_change = self.has_change_permission  # type: ignore[attr-defined] # of the admin class
        return [each for each in grants.select_related("user") if may_change(request, each.user)]


def _tell(request: HttpRequest, text: str, decided: int) -> None:
    if decided:
        messages.success(request, text % {"count": decided})
    else:
        told = gettext(
            "None of them has a role that the school's sign-in no longer gives, and that you may decide about."
        )
        messages.warning(request, told)
