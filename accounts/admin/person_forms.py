"""The forms of one person in the administration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

from accounts.enums import ORDINARY_ROLES, Role
from accounts.models import User
from accounts.names import name_taken_words
from accounts.role_lines import role_line
from accounts.services.avatars import (
    MAX_UPLOAD_BYTES,
    NotAPicture,
    PictureNotStored,
    as_avatar,
    store,
)
from accounts.services.people import (
    LastSuperuserStays,
    note_reset_password,
    require_another_superuser,
)
from edu_platform.lib.formatting import megabytes_text
from edu_platform.lib.full_disk import storage_failed_text


class PersonForm(forms.ModelForm[User]):
    """Offers the roles that the editor may give; the admin makes a subclass for them."""

    may_give: ClassVar[frozenset[Role]] = ORDINARY_ROLES
    # Told to those who may not give every role.
    who_gives_others: ClassVar[str] = ""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = User
        fields = ("username", "display_name", "email", "avatar", "is_active", "is_superuser")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = self.fields.get("roles")
        if isinstance(roles, forms.MultipleChoiceField):
            roles.choices = [
                (role.value, role_line(role)) for role in Role if role in self.may_give
            ]
            if self.who_gives_others:
                roles.help_text = escape(self.who_gives_others)
                # Names of people are in it; a form fills in what stands behind a percent sign.
                refused = self.who_gives_others.replace("%", "%%")
                roles.error_messages["invalid_choice"] = refused
            if self.instance.pk:
                roles.initial = [role.value for role in self.instance.roles]

    def full_clean(self) -> None:
        """Store the picture when nothing else is wrong; show errors beside its field."""
        super().full_clean()
        picture = getattr(self, "cleaned_data", {}).get("avatar")
        if self.errors or not isinstance(picture, ContentFile):
            return
        try:
            self.instance.avatar = store(picture)
        except PictureNotStored:
            self.add_error("avatar", storage_failed_text())

    def clean_username(self) -> str:
        username = str(User.normalize_username(self.cleaned_data["username"]))
        namesake = User.objects.namesake_of(username, but=self.instance)
        # Two who came in with one name before may go on with it.
        if namesake is not None and username != self.initial.get("username"):
            raise forms.ValidationError(name_taken_words(namesake))
        return username

    def clean_avatar(self) -> object:
        avatar = self.cleaned_data["avatar"]
        if not isinstance(avatar, UploadedFile):
            return avatar
        if avatar.size is None or avatar.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(
                _("The picture is larger than %(limit)s.")
                % {"limit": megabytes_text(MAX_UPLOAD_BYTES)}
            )
        try:
            return as_avatar(avatar)
        except NotAPicture as err:
            raise forms.ValidationError(_("This picture cannot be used.")) from err

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        person = self.instance
        stays = cleaned.get("is_superuser", person.is_superuser) and cleaned.get(
            "is_active", person.is_active
        )
        if person.pk and person.is_superuser and not stays:
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
