"""The forms of one person in the administration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.people import (
    LastSuperuserStays,
    note_reset_password,
    require_another_superuser,
)


class SuperuserForm(forms.ModelForm[User]):
    """Makes somebody a superuser, or takes that back; the last one stays."""

    class Meta:
        model = User
        fields = ("is_superuser",)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        person = self.instance
        if person.pk and self.initial.get("is_superuser") and not cleaned.get("is_superuser"):
            try:
                require_another_superuser(person)
            except LastSuperuserStays:
                self.add_error(None, _("The last superuser cannot be demoted or deactivated."))
        return cleaned


if TYPE_CHECKING:
    PasswordForm = AdminPasswordChangeForm[User]
else:  # the class takes no parameter when it runs
    PasswordForm = AdminPasswordChangeForm


class HandedPasswordForm(PasswordForm):
    """A password that somebody else knows: its owner is asked for another at the next sign-in."""

    by: ClassVar[User]

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 -- Django's signature
        user = super().save(commit=False)
        user.must_change_password = user.has_usable_password()
        if commit:
            with transaction.atomic():
                user.save(update_fields=["password", "must_change_password"])
                note_reset_password(user, by=self.by)
        return user


def handed_by(by: User) -> type[HandedPasswordForm]:
    """The form for who hands the password out."""
    return type("SignedPasswordForm", (HandedPasswordForm,), {"by": by})
