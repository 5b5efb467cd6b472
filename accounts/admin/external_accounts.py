"""External accounts: staff say whose each is."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.decorators import signed_in
from accounts.erasing.earlier_usernames import day_erased, new_person_question
from accounts.models import ExternalAccount, User
from accounts.names import USERNAME_CHARS, sign_in_name
from accounts.selectors.people import superuser_names
from accounts.services import external_accounts
from edu_platform.lib.admin_base import PlatformAdmin

SEEN = ("method", "issuer", "subject", "username", "display_name", "created_at")


class ExternalAccountForm(forms.ModelForm[ExternalAccount]):
    """Asks whose it is: somebody's who is here, or a new person's. The admin makes a subclass for who says it."""

    by: ClassVar[User]

    new_username = forms.CharField(
        label=_("username of a new person"),
        required=False,
        max_length=USERNAME_CHARS,
        validators=[UnicodeUsernameValidator()],
        help_text=_(
            "If it is nobody's who is here: choose no person, and give the new one a username."
        ),
    )

    class Meta:
        model = ExternalAccount
        fields = ("user",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.user_id is not None:
            self.fields.pop("new_username", None)

    def clean_user(self) -> User | None:
        person: User | None = self.cleaned_data["user"]
        if person is not None and person.erasing_since is not None:
            raise forms.ValidationError(gettext("this person is erased, or is to be"))
        if person is not None and not external_accounts.may_link(person, by=self.by):
            raise forms.ValidationError(_may_not_link())
        return person

    def clean_new_username(self) -> str:
        username = str(User.normalize_username(self.cleaned_data["new_username"]))
        if username and User.objects.filter(sign_in_name=sign_in_name(username)).exists():
            raise forms.ValidationError(_("Somebody has this username already."))
        return username

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        person, username = cleaned["user"], cleaned.get("new_username")
        if person is not None and username:
            self.add_error("new_username", _("Choose a person or give a username, not both."))
        elif person is None and not username:
            self.add_error("user", _("Whose external account is it?"))
        return cleaned


def _may_not_link() -> str:
    told = gettext(
        "External accounts of people with other roles than student or teacher are linked by superusers alone: %(names)s."
    )
    return told % {"names": superuser_names()}


class WaitingFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [("yes", gettext("waiting for staff")), ("no", gettext("linked"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[ExternalAccount]
    ) -> QuerySet[ExternalAccount]:
        if self.value() not in {"yes", "no"}:
            return queryset
        return queryset.filter(user__isnull=self.value() == "yes")


@admin.register(ExternalAccount)
class ExternalAccountAdmin(PlatformAdmin[ExternalAccount]):
    """They come by signing in. Deleting one takes its link away."""

    form = ExternalAccountForm
    list_display = (
        "subject",
        "whose",
        "username",
        "display_name",
        "method",
        "issuer",
        "created_at",
    )
    list_filter = (WaitingFilter, "method")
    list_select_related = ("user",)
    search_fields = ("subject", "username", "user__username", "user__display_name")
    # Those that wait come first.
    ordering = (Case(When(user=None, then=0), default=1), "-created_at", "pk")
    autocomplete_fields = ("user",)
    readonly_fields = (*SEEN, "with_this_username")
    list_per_page = 50

    @admin.display(description=_("person"))
    def whose(self, account: ExternalAccount) -> str:
        return str(account.user) if account.user else gettext("waiting for staff")

    @admin.display(description=_("with this username here"))
    def with_this_username(self, account: ExternalAccount) -> str:
        """List the people who may be the same person, each with a way to what is known of them here.

        Of somebody who had the username until they were erased, it says so.
        """
        found = User.objects.filter(sign_in_name=sign_in_name(account.username)).order_by("pk")
        lines = ((reverse("admin:accounts_user_change", args=[each.pk]), each) for each in found)
        links = format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', lines)
        if not links and (day := day_erased(account.username)) is not None:
            return new_person_question(day)
        return links or gettext("nobody any more")

    def get_fieldsets(self, request: HttpRequest, obj: ExternalAccount | None = None) -> Any:
        waits = obj is not None and obj.user_id is None
        asked = ("with_this_username", "user", "new_username") if waits else ("user",)
        told = gettext(
            "Compare with what the other system says before you link: the account opens everything of this person. Deleting it here takes the link away; with the next sign-in it comes again, as a new one."
        )
        return [
            (_("In the other system"), {"fields": SEEN}),
            (_("Whose it is"), {"fields": asked, "description": told}),
        ]

    def get_form(
        self,
        request: HttpRequest,
        obj: ExternalAccount | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 -- Django's signature
        **kwargs: Any,
    ) -> type[forms.ModelForm[ExternalAccount]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type("SignedForm", (form,), {"by": signed_in(request)})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Links are taken away one by one."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if name != "delete_selected"
        }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: ExternalAccount | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and _is_theirs_to_link(request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: ExternalAccount | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and _is_theirs_to_link(request, obj)

    def save_model(
        self,
        request: HttpRequest,
        obj: ExternalAccount,
        form: Any,
        change: bool,  # noqa: FBT001 -- Django's signature
    ) -> None:
        by = signed_in(request)
        if username := form.cleaned_data.get("new_username"):
            external_accounts.make_person(obj, username=username, by=by)
        elif obj.user is not None:
            external_accounts.link(obj, obj.user, by=by)

    def delete_model(self, request: HttpRequest, obj: ExternalAccount) -> None:
        external_accounts.unlink(obj, by=signed_in(request))


def _is_theirs_to_link(request: HttpRequest, account: ExternalAccount | None) -> bool:
    person = None if account is None else account.user
    return person is None or external_accounts.may_link(person, by=signed_in(request))


def account_lines(person: User) -> str:
    """A line for each account that a person comes with, which leads to its page."""
    lines = (
        (reverse("admin:accounts_externalaccount_change", args=[account.pk]), account)
        for account in person.external_accounts.order_by("created_at", "pk")
    )
    return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', lines)
