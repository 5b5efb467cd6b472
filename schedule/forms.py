from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.models import User
from schedule.models import ClassGroup


class TimetableForm(forms.Form):
    """Whose week: for those who may look at everybody's."""

    teacher = forms.ModelChoiceField(
        label=_("Teacher"),
        queryset=User.objects.none(),
        to_field_name="username",
        required=False,
        empty_label=_("Any teacher"),
    )
    class_group = forms.ModelChoiceField(
        label=_("Class group"),
        queryset=ClassGroup.objects.none(),
        to_field_name="name",
        required=False,
        empty_label=_("Any class group"),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # handed through as they are
        self.fields["teacher"].queryset = (  # type: ignore[attr-defined] # a ModelChoiceField
            User.objects.active().with_role(Role.TEACHER).order_by("display_name", "pk")
        )
        self.fields["class_group"].queryset = (  # type: ignore[attr-defined] # a ModelChoiceField
            ClassGroup.objects.active().order_by("name", "pk")
        )
