from __future__ import annotations

import copy
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import InlineModelAdmin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.external_accounts import account_lines
from accounts.admin.given_roles import (
    WithdrawnRoleActions,
    WithdrawnRoleFilter,
    given_role_lines,
    given_roles,
)
from accounts.admin.person_forms import PersonForm, handed_by
from accounts.admin.start_passwords import StartPasswordAdmin
from accounts.decorators import signed_in
from accounts.enums import ORDINARY_ROLES, Role, role_names
from accounts.hooks import person_inlines
from accounts.models import User, display_names
from accounts.role_lines import role_line
from accounts.selectors.people import superuser_names
from accounts.selectors.second_factor import has_second_factor
from accounts.services import people, sign_ins
from accounts.services.avatars import MAX_UPLOAD_BYTES
from accounts.services.second_factor import remove_second_factor

# What the cloud, or its list of supervisors, must learn of.
CARRIED_FIELDS = frozenset({"display_name", "avatar", "is_active"})


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(role.value, str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        role = self.value()
        return queryset.filter(role_grants__role=role) if role in Role.values else queryset


@admin.register(User)
class PersonAdmin(WithdrawnRoleActions, StartPasswordAdmin, UserAdmin[User]):
    """People are never deleted, only switched off.

    Staff who are no superusers look after students and teachers, and see the others.
    """

    form = PersonForm
    add_form = PersonForm
    add_form_template = None
    list_display = ("username", "display_name", "role_names", "is_active", "password_state")
    list_filter = (RoleFilter, WithdrawnRoleFilter, "is_active", "is_superuser")
    search_fields = ("username", "display_name", "email")
    ordering = ("name_key", "username")
    filter_horizontal = ()
    readonly_fields = (
        *("role_lines", "given_role_lines", "password_state", "second_factor_state"),
        *("external_accounts", "last_login", "created_at"),
    )
    actions = (
        "print_start_passwords",
        "end_sign_ins",
        "remove_second_factors",
        "keep_withdrawn",
        "take_withdrawn",
    )
    list_per_page = 50
    file_limit_bytes = MAX_UPLOAD_BYTES

    @property
    def inlines(self) -> list[type[InlineModelAdmin[Any, User]]]:  # type: ignore[override] # others come to hang theirs on it
        return list(person_inlines)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        people = super().get_queryset(request).prefetch_related("role_grants")
        # A column of the list learns in no other way who is looking.
        return people.annotate(seen_by_superuser=Value(signed_in(request).is_superuser))

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        may_change = obj is None or self.has_change_permission(request, obj)
        powers = ["roles" if may_change else "role_lines", "is_active"]
        if obj is not None and given_roles(obj):
            powers.insert(1, "given_role_lines")
        if signed_in(request).is_superuser or not may_change:
            powers.append("is_superuser")
        sections = [
            (None, {"fields": ("username", "display_name", "email", "avatar")}),
            (_("Roles"), {"fields": powers, "description": "" if may_change else _who_changes()}),
        ]
        if obj is not None:
            seen = (
                *("password_state", "second_factor_state", "external_accounts"),
                *("last_login", "created_at"),
            )
            sections.append((_("Signing in"), {"fields": seen}))
        return sections

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[User]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        if signed_in(request).is_superuser:
            return type("OfferedPersonForm", (form,), {"may_give": frozenset(Role)})
        return type("OfferedPersonForm", (form,), {"who_gives_others": _who_gives_others()})

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        if not super().has_change_permission(request, obj):
            return False
        return obj is None or signed_in(request).is_superuser or obj.is_ordinary

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 -- Django's signature
        form_url: str = "",
    ) -> HttpResponse:
        """Django's own, with a form that knows who sends it."""
        page = copy.copy(self)
        page.change_password_form = handed_by(signed_in(request))
        return super(PersonAdmin, page).user_change_password(request, id, form_url)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        roles = frozenset(map(Role, form.cleaned_data["roles"]))
        by = signed_in(request)
        if not change:
            people.add_person(obj, roles=roles, by=by)
            return
        was_ordinary = not form.initial.get("is_superuser") and obj.roles <= ORDINARY_ROLES
        people.save_person(obj, changed=set(form.changed_data) - {"roles"}, by=by)
        if roles != obj.roles:
            people.set_roles(obj, roles, by=by)
        if CARRIED_FIELDS & set(form.changed_data):
            people.note_changed_people([obj])
        if was_ordinary and not obj.is_ordinary:
            self._tell_what_opens(request, obj)

    def _tell_what_opens(self, request: HttpRequest, person: User) -> None:
        """Staff who are no superusers may have linked accounts of other systems before this one had power."""
        linked = "; ".join(str(account) for account in person.external_accounts.order_by("pk"))
        if linked:
            text = gettext(
                "These external accounts open %(person)s's account too, which has more power now: %(accounts)s. Delete those that are not this person's."
            )
            told = text % {"person": person.display_name, "accounts": linked}
            self.message_user(request, told, messages.WARNING)

    @admin.action(description=_("Sign out everywhere"), permissions=["change"])
    def end_sign_ins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """End all sign-ins of people whom one may change."""
        by, count = signed_in(request), 0
        for person in queryset:
            if not self.has_change_permission(request, person):
                text = gettext("%(person)s: only superusers may sign out people with such roles.")
                self.message_user(request, text % {"person": person}, messages.ERROR)
            elif sign_ins.end_all(person, by=by):
                count += 1
        text = ngettext(
            "%(count)s person is signed out.", "%(count)s people are signed out.", count
        )
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).is_superuser

    @admin.action(description=_("Remove the second factor"), permissions=["superuser"])
    def remove_second_factors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For people who lost phone and codes. One's own is removed where one proves who one is."""
        me = signed_in(request)
        at = timezone.now()
        removed = [
            person
            for person in queryset.exclude(pk=me.pk)
            if remove_second_factor(person, by=me, at=at)
        ]
        if removed:
            told = gettext("Removed the second factor of: %(names)s.")
            self.message_user(request, told % {"names": display_names(removed)})
        else:
            told = gettext(
                "None of them has a second factor. One's own is removed on one's own page."
            )
            self.message_user(request, told, messages.WARNING)

    @admin.display(description=_("second factor"))
    def second_factor_state(self, person: User) -> str:
        if not has_second_factor(person):
            return gettext("not set up")
        if getattr(person, "seen_by_superuser", False):
            return gettext(
                "set up; for a lost phone: “Remove the second factor” in the list of people"
            )
        return gettext("set up")

    @admin.display(description=_("roles"))
    def role_names(self, person: User) -> str:
        return role_names(person.roles) or "–"

    @admin.display(description=_("roles"))
    def role_lines(self, person: User) -> str:
        lines = ((role_line(role),) for role in Role if role in person.roles)
        return format_html_join(mark_safe("<br>"), "{}", lines) or "–"

    @admin.display(description=_("external sign-in"))
    def given_role_lines(self, person: User) -> str:
        return given_role_lines(person)

    @admin.display(description=_("external accounts"))
    def external_accounts(self, person: User) -> str:
        return account_lines(person) or "–"

    @admin.display(description=_("password"))
    def password_state(self, person: User) -> str:
        state = str(person.password_state.label)
        if not (getattr(person, "seen_by_superuser", False) or person.is_ordinary):
            return state
        address = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('{} (<a href="{}">{}</a>)', state, address, gettext("Set password"))


def _who_gives_others() -> str:
    others = role_names([role for role in Role if role not in ORDINARY_ROLES])
    told = gettext("Other roles (%(roles)s) are given by superusers alone: %(names)s.")
    return told % {"roles": others, "names": superuser_names()}


def _who_changes() -> str:
    told = gettext("People with such roles are changed by superusers alone: %(names)s.")
    return escape(told % {"names": superuser_names()})
