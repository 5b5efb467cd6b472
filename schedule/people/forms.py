"""The forms of one person."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.appointing_words import who_gives_others
from accounts.enums import Role
from accounts.erasing.earlier_usernames import day_erased
from accounts.forms import validate_can_be_stored
from accounts.hooks import former_student_notes
from accounts.models import User
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS, name_taken_words
from accounts.role_lines import role_line
from accounts.services.appointing import roles_to_give
from edu_platform.lib.filter_forms import NO_NUL
from edu_platform.lib.form_groups import FieldGroup, GroupedForm
from edu_platform.lib.formatting import sentences
from schedule.class_groups.forms import class_group_gone_in_words
from schedule.class_groups.member_forms import FirstDayForm
from schedule.lessons.named import class_groups_named
from schedule.lessons.nearest import class_groups_missing_in_words
from schedule.models import ClassGroup

CLASS_GROUPS_CHARS = 1000


class PersonForm(GroupedForm):
    """A person as they stand, with the roles that the editor may give and take."""

    groups = (
        FieldGroup(
            gettext_lazy("Who it is"),
            gettext_lazy("Lessons and lists show the name."),
            ("display_name", "username", "reuses", "email"),
        ),
        FieldGroup(
            gettext_lazy("Roles and class groups"),
            gettext_lazy("What the person sees and may do here."),
            ("roles", "class_groups"),
        ),
    )

    display_name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=DISPLAY_NAME_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    username = forms.CharField(
        label=gettext_lazy("Username"),
        max_length=USERNAME_CHARS,
        validators=[UnicodeUsernameValidator()],
        error_messages=NO_NUL,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
        help_text=gettext_lazy("The person signs in with it; upper and lower case are the same."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Mail address"),
        required=False,
        max_length=254,
        error_messages=NO_NUL,
        help_text=gettext_lazy(
            "For links to a new password, and for notices; the cloud never gets it."
        ),
    )
    roles = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Roles"),
        required=False,
        coerce=Role,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, by: User, person: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        field = self.fields["roles"]
        given = roles_to_give(by, person)
        others = who_gives_others(by, person)
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(role.value, role_line(role)) for role in given]
        field.help_text = escape(sentences([others, *_what_a_student_loses(person)]))
        # Names of people are in it; a form fills in what stands behind a percent sign.
        refused = others or _("Choose among the roles that are offered.")
        field.error_messages["invalid_choice"] = refused.replace("%", "%%")

    def clean_display_name(self) -> str:
        return " ".join(self.cleaned_data["display_name"].split())

    def clean_username(self) -> str:
        username = str(User.normalize_username(self.cleaned_data["username"]))
        own_name = "" if self.person is None else self.person.username
        if username == own_name:
            return username  # two who came in with one name before may go on with it
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError(_("Somebody has this username already."))
        if namesake := User.objects.namesake_of(username, but=self.person):
            raise forms.ValidationError(name_taken_words(namesake))
        return username

    @property
    def named_fields(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ("display_name", "username", "email")}

    @property
    def chosen_roles(self) -> frozenset[Role]:
        return frozenset(self.cleaned_data["roles"])


def _what_a_student_loses(person: User | None) -> Collection[str]:
    """Say what ends when the role of a student is taken away; a query for students alone."""
    if person is None or not person.has_role(Role.STUDENT):
        return ()
    return former_student_notes([person.pk]).values()


class ClassGroupsField(forms.CharField):
    """Class groups by their names, several between semicolons."""

    default_validators = [validate_can_be_stored]

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"list": "known-class-groups", "autocomplete": "off"})
        super().__init__(
            max_length=CLASS_GROUPS_CHARS, widget=widget, error_messages=NO_NUL, **kwargs
        )

    def clean(self, value: Any) -> Any:
        groups, missing = class_groups_named(super().clean(value), own=())
        if missing:
            raise forms.ValidationError(class_groups_missing_in_words(missing))
        return groups


class NewPersonForm(PersonForm):
    class_groups = ClassGroupsField(
        label=gettext_lazy("Class groups"),
        required=False,
        help_text=gettext_lazy(
            "Several between semicolons. A teacher in a class group is its class teacher."
        ),
    )
    # Asked only where somebody with this username was erased.
    reuses = forms.BooleanField(
        label=gettext_lazy("This is a new person, who only has the same username"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day_erased = day_erased(self.data.get("username", "")) if self.is_bound else None
        if self.day_erased is None:
            del self.fields["reuses"]

    def clean_reuses(self) -> bool:
        if self.day_erased is None or self.cleaned_data["reuses"]:
            return True
        raise forms.ValidationError(
            _(
                "Somebody with this username was erased on %(day)s. Tick this if it is another person, else nobody is added: who is erased does not come back."
            ),
            params={"day": self.day_erased},
        )

    @property
    def chosen_groups(self) -> Collection[ClassGroup]:
        groups: Collection[ClassGroup] = self.cleaned_data["class_groups"]
        return groups

    def refuse_groups(self) -> None:
        self.add_error("class_groups", class_group_gone_in_words())


class JoinForm(FirstDayForm):
    field_order = ("class_group", "first_day")

    class_group = ClassGroupsField(label=gettext_lazy("Class group"))

    @property
    def chosen_groups(self) -> Collection[ClassGroup]:
        groups: Collection[ClassGroup] = self.cleaned_data["class_group"]
        return groups

    def refuse_groups(self) -> None:
        self.add_error("class_group", class_group_gone_in_words())
