"""People in the administration: what operators need. Everything else about people is on their pages."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.views.main import SEARCH_VAR
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.external_accounts import account_lines
from accounts.admin.person_forms import SuperuserForm, handed_by
from accounts.appointing_words import what_opens
from accounts.decorators import signed_in
from accounts.enums import ORDINARY_ROLES, Role, role_names
from accounts.models import User, display_names
from accounts.selectors.second_factor import has_second_factor
from accounts.services import people
from accounts.services.external_accounts import WITHDRAWN_FILTER
from accounts.services.second_factor import remove_second_factor
from edu_platform.lib.admin_base import PlatformAdmin


class RoleFilter(admin.SimpleListFilter):
    title = _("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(role.value, str(role.label)) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        role = self.value()
        return queryset.filter(role_grants__role=role) if role in Role.values else queryset


@admin.register(User)
class PersonAdmin(PlatformAdmin[User], UserAdmin[User]):
    """For superusers: who else is one, lost second factors, and passwords set by hand.

    All others are led to the pages of people, whoever kept an address of before.
    """

    form = SuperuserForm
    list_display = ("username", "display_name", "role_names", "is_active", "is_superuser")
    list_filter = (RoleFilter, "is_active", "is_superuser")
    search_fields = ("username", "display_name")
    ordering = ("name_key", "username")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "display_name", "page", "is_superuser")}),
        (
            _("Signing in"),
            {
                "fields": (
                    "password_state",
                    "second_factor_state",
                    "external_accounts",
                    "last_login",
                )
            },
        ),
    )
    readonly_fields = (
        *("username", "display_name", "page", "password_state", "second_factor_state"),
        *("external_accounts", "last_login"),
    )
    actions = ("remove_second_factors",)
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("role_grants")

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fieldsets

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new person is made on their page (`add_view`)."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Superusers change people here, but nobody who is erased, or is to be."""
        if obj is not None and obj.erasing_since is not None:
            return False
        return super().has_change_permission(request, obj) and signed_in(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """People are never deleted, only switched off."""
        return False

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return signed_in(request).is_superuser

    # --- Led to the pages of people ---------------------------------------------------------------

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if signed_in(request).is_superuser or not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        query = {"q": request.GET.get(SEARCH_VAR, "")}
        if request.GET.get(WITHDRAWN_FILTER) == "yes":
            query["state"] = WITHDRAWN_FILTER
        return _to_list({name: value for name, value in query.items() if value})

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("people:new"))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if signed_in(request).is_superuser or not self.has_view_permission(request):
            return super().change_view(request, object_id, form_url, extra_context)
        person = self.get_object(request, object_id)
        if person is None or person.code is None:
            return _to_list({})
        return HttpResponseRedirect(reverse("people:person", args=[person.code]))

    # --- Passwords, superusers, second factors ----------------------------------------------------

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
        was_ordinary = not form.initial.get("is_superuser") and obj.roles <= ORDINARY_ROLES
        people.save_person(obj, changed=set(form.changed_data), by=signed_in(request))
        if was_ordinary and obj.is_superuser:
            warning = what_opens(obj, obj.external_accounts.order_by("pk"))
            if warning:
                self.message_user(request, warning, messages.WARNING)

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

    # --- Columns ----------------------------------------------------------------------------------

    @admin.display(description=_("page"))
    def page(self, person: User) -> str:
        if person.code is None:
            return self.get_empty_value_display()
        address = reverse("people:person", args=[person.code])
        told = gettext("Roles, class groups, start password and sign-ins")
        return format_html('<a href="{}">{}</a>', address, told)

    @admin.display(description=_("second factor"))
    def second_factor_state(self, person: User) -> str:
        if not has_second_factor(person):
            return gettext("not set up")
        return gettext("set up; for a lost phone: “Remove the second factor” in the list of people")

    @admin.display(description=_("roles"))
    def role_names(self, person: User) -> str:
        return role_names(person.roles) or "–"

    @admin.display(description=_("external accounts"))
    def external_accounts(self, person: User) -> str:
        return account_lines(person) or "–"

    @admin.display(description=_("password"))
    def password_state(self, person: User) -> str:
        state = str(person.password_state.label)
        address = reverse("admin:auth_user_password_change", args=[person.pk])
        return format_html('{} (<a href="{}">{}</a>)', state, address, gettext("Set password"))


def _to_list(query: dict[str, str]) -> HttpResponseRedirect:
    address = reverse("people:people")
    return HttpResponseRedirect(f"{address}?{urlencode(query)}" if query else address)
