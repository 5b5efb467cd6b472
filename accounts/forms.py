from __future__ import annotations

from typing import IO, Any, cast

from allauth.account.forms import ChangePasswordForm, LoginForm, ResetPasswordForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.avatars import MAX_UPLOAD_BYTES, NotAPicture, as_avatar
from accounts.services.logos import as_logo
from accounts.sign_in.password_mails import request_links
from edu_platform.lib.database import release_database
from edu_platform.lib.formatting import megabytes_text


def people_by_mail(address: str) -> list[User]:
    """Those of an address who may sign in, compared as plain letters: look-alikes are another's."""
    some = User.objects.active().filter(email__iexact=address).order_by("pk")
    return [user for user in some if user.email.lower() == address.lower()]


# As it is said of courseware.
def validate_can_be_stored(text: str) -> None:
    """Refuse halves of characters, which no database takes in a question."""
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise ValidationError(_("a character that cannot be shown")) from err


class PictureForm(forms.Form):
    """A new picture of oneself; it comes out as a small JPEG."""

    # Not an ImageField: that one unpacks the file before anybody looks at its size.
    picture = forms.FileField(
        label=_("New picture"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
    )

    def clean_picture(self) -> ContentFile[bytes]:
        upload = self.cleaned_data["picture"]
        if upload.size > MAX_UPLOAD_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(limit)s. Choose a smaller one.")
                % {"limit": megabytes_text(MAX_UPLOAD_BYTES)}
            )
        release_database()  # pictures stand in line to be unpacked
        try:
            return as_avatar(cast("IO[bytes]", upload))
        except NotAPicture as err:
            raise forms.ValidationError(
                _("This file is not a picture that can be used. Choose a JPEG, PNG, WebP or GIF.")
            ) from err


class LogoField(forms.FileField):
    """The school's logo; it comes out as a small PNG or JPEG."""

    accepts = {"accept": "image/png,image/jpeg"}

    def clean(self, data: Any, initial: Any = None) -> Any:
        sent = super().clean(data, initial)
        if not isinstance(sent, UploadedFile):
            return sent  # the one that is there, or none any more
        if sent.size is None or sent.size > MAX_UPLOAD_BYTES:
            raise ValidationError(
                _("The file is larger than %(limit)s. Choose a smaller one.")
                % {"limit": megabytes_text(MAX_UPLOAD_BYTES)}
            )
        release_database()  # pictures stand in line to be unpacked
        try:
            return as_logo(cast("IO[bytes]", sent))
        except NotAPicture as err:
            raise ValidationError(
                _("This file is not a logo that can be used. Choose a PNG or JPEG.")
            ) from err


class MailChoiceForm(forms.Form):
    """The choice of a person to have notices by mail too."""

    by_mail = forms.BooleanField(label=_("Send me notices by mail too"), required=False)

    def is_chosen(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("by_mail"))


class SignInForm(LoginForm):
    """Opens at its first field."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autofocus"] = True


class ChangeForm(ChangePasswordForm):
    """Asks for the old password, unless the person has just signed in by it and has to replace it."""

    def __init__(self, *args: Any, asks_for_old: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks_for_old:
            del self.fields["oldpassword"]
        elif isinstance(self.user, User) and self.user.must_change_password:
            # Often this field was not there when the page was opened.
            self.fields["oldpassword"].error_messages["required"] = _(
                "It is a while since you signed in: type the start password once more, and the new password."
            )


class ResetForm(ResetPasswordForm):
    """Finds people by the address that the school keeps of them, and by no other.

    That nobody has the address is no fault: it is not said who has an account here, and takes no other time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.label = _("Mail address")
        field.widget.attrs["autofocus"] = True

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.users = people_by_mail(email)
        return email

    def save(self, request: HttpRequest, **_more: Any) -> str:
        request_links(self.users, language=get_language() or settings.LANGUAGE_CODE)
        email: str = self.cleaned_data["email"]
        return email
