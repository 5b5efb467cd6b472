from __future__ import annotations

from typing import IO, cast

from django import forms
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from accounts.services.avatars import MAX_UPLOAD_BYTES, NotAPicture, as_avatar
from classroom.database import release_database


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
            raise forms.ValidationError(_("The file is larger than 5 MB. Choose a smaller one."))
        release_database()  # pictures stand in line to be unpacked
        try:
            return as_avatar(cast("IO[bytes]", upload))
        except NotAPicture as err:
            raise forms.ValidationError(
                _("This file is not a picture that can be used. Choose a JPEG, PNG, WebP or GIF.")
            ) from err
