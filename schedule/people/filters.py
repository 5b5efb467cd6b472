"""The filters of the list of people: as its address has them, and as a form asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.forms import validate_can_be_stored
from edu_platform.lib import filter_forms
from edu_platform.lib.filter_forms import NO_NUL, ListFilters, search_field
from edu_platform.lib.form_renderer import KeptSelect
from schedule.models import CLASS_GROUP_NAME_CHARS


class State(models.TextChoices):
    """Name what somebody's account is like. Without one of these the list shows those with an open account."""

    NEVER = "never", _("Never signed in")
    NO_PASSWORD = "no_password", _("Without a way to sign in")
    REFUSED = "refused", _("Refused by the cloud")
    WITHDRAWN = "withdrawn", _("Role no longer given by the school's sign-in")
    DEACTIVATED = "deactivated", _("Deactivated")
    ALL = "all", _("All, deactivated ones too")


@dataclass(frozen=True, slots=True)
class Filters(ListFilters):
    """The filters of the list."""

    q: str = ""
    role: str = ""
    class_group: str = ""
    state: str = ""


class FilterForm(filter_forms.FilterForm):
    """The fields above the list."""

    q = search_field(_("Name, pinyin or username"), autocomplete="off", spellcheck="false")
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("All roles")), *Role.choices],
        widget=KeptSelect,
    )
    class_group = forms.CharField(
        label=_("Class group"),
        required=False,
        max_length=CLASS_GROUP_NAME_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=KeptSelect,
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("With an open account")), *State.choices],
        widget=KeptSelect,
    )

    def offer(self, class_groups: Sequence[str]) -> None:
        """Set the class groups to choose from, before the form is shown; reading it needs none."""
        chosen = self.filters().class_group
        more = [chosen] if chosen and chosen not in class_groups else []
        names = [(name, name) for name in [*class_groups, *more]]
        widget = self.fields["class_group"].widget
        if isinstance(widget, KeptSelect):
            widget.offer([("", _("All class groups")), *names])

    def filters(self) -> Filters:
        texts = {field.name: self.read(field.name).strip() for field in self.choices}
        return Filters(q=self.read_search(), **texts)

    @property
    def choices(self) -> list[forms.BoundField]:
        """Return the fields beside the search, which narrow what it finds."""
        return [self[name] for name in ("role", "class_group", "state")]

    @property
    def is_set(self) -> bool:
        """Tell whether anything but the search is chosen."""
        return not replace(self.filters(), q="").is_empty
