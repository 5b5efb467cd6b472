"""Query parameters of the replays' pages; an invalid value counts as absent."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import cast

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import validate_can_be_stored
from edu_platform.lib import filter_forms
from edu_platform.lib.form_renderer import KeptSelect
from edu_platform.lib.http import own_path
from edu_platform.lib.paging import PAGE_SIZES
from replays.enums import ReplayState
from replays.search.filters import IN_TRASH, RESISTING, Filters
from replays.search.sorting import DOWN, HEADS, SORTS, SortKey
from schedule.enums import RoomType
from schedule.models import COURSE_NAME_CHARS
from schedule.week_grid import within_calendar

# As many as the longest page of a list shows.
CODES_AT_MOST = PAGE_SIZES[-1]
CODE = re.compile(r"[0-9A-Za-z_-]{1,16}", re.ASCII)


class FilterForm(filter_forms.FilterForm):
    """The filter fields above the list."""

    q = filter_forms.search_field(_("Lesson or room number"))
    room_type = forms.TypedChoiceField(
        label=_("Room type"),
        required=False,
        choices=[("", _("All types")), *RoomType.choices],
        coerce=int,
        empty_value=None,
        widget=KeptSelect,
    )
    teacher = forms.CharField(
        label=_("Taught by"),
        required=False,
        max_length=150,
        validators=[validate_can_be_stored],
        error_messages=filter_forms.NO_NUL,
        widget=KeptSelect,
    )
    class_group = forms.CharField(
        label=_("Class group"),
        required=False,
        max_length=64,
        validators=[validate_can_be_stored],
        error_messages=filter_forms.NO_NUL,
        widget=KeptSelect,
    )
    course = forms.CharField(
        label=_("Course"),
        required=False,
        max_length=COURSE_NAME_CHARS,
        validators=[validate_can_be_stored],
        error_messages=filter_forms.NO_NUL,
        widget=KeptSelect,
    )
    from_day = filter_forms.day_field(_("From (day)"))
    to_day = filter_forms.day_field(_("To (day)"))
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Recorded, or should be")),
            *[choice for choice in ReplayState.choices if choice[0] != ReplayState.DELETED],
            (IN_TRASH, _("In the trash")),
            (ReplayState.DELETED.value, ReplayState.DELETED.label),
            (RESISTING, _("Not deleted for a day, though due")),
        ],
        widget=KeptSelect,
    )
    # Beside the column headers, which are not shown on phones.
    sort = forms.ChoiceField(
        label=_("Order"),
        required=False,
        choices=[
            ("", _("Default order")),
            *(
                (
                    sort,
                    format_lazy(
                        "{label} {arrow}",
                        label=HEADS[SortKey(sort.removeprefix(DOWN))],
                        arrow="▼" if sort.startswith(DOWN) else "▲",
                    ),
                )
                for sort in SORTS
            ),
        ],
        widget=KeptSelect,
    )

    def offer(
        self,
        *,
        teachers: Iterable[tuple[str, str]] = (),
        class_groups: Collection[str] = (),
        courses: Collection[str] = (),
        offers_teachers: bool = False,
        offers_states: bool = False,
    ) -> None:
        """Set the values to choose from, before the form is shown; reading it needs none."""
        named = {"class_group": class_groups, "course": courses}
        all_of = {"class_group": _("All class groups"), "course": _("All courses")}
        for name, values in named.items():
            choices = [("", all_of[name]), *((value, value) for value in values)]
            self._list_of(name).offer(choices)
        self._list_of("teacher").offer([("", _("All teachers")), *teachers])
        self._offered = {
            "teacher": offers_teachers,
            **{name: bool(values) for name, values in named.items()},
            "state": offers_states,
        }

    def _list_of(self, name: str) -> KeptSelect:
        return cast("KeptSelect", self.fields[name].widget)

    def offered_fields(self) -> list[forms.BoundField]:
        """Drop fields that do not help this person; the query parameters still count."""
        return [field for field in self if self._offered.get(field.name, True)]

    def filters(self) -> Filters:
        self.is_valid()
        cleaned = self.cleaned_data
        return Filters(
            q=self.read_search(),
            room_type=cleaned.get("room_type"),
            teacher=cleaned.get("teacher", ""),
            class_group=cleaned.get("class_group", ""),
            course=cleaned.get("course", ""),
            from_day=within_calendar(cleaned.get("from_day")),
            to_day=within_calendar(cleaned.get("to_day")),
            state=cleaned.get("state", ""),
            sort=cleaned.get("sort", ""),
        )


class FileForm(forms.Form):
    """Names one of a replay's files, and says whether a player wants to know it before somebody plays."""

    file = forms.IntegerField(required=False)
    metadata = forms.BooleanField(required=False)

    def wants_metadata(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("metadata"))

    def wanted(self) -> int | None:
        """The number that was given; None leaves the choice to the page."""
        self.is_valid()
        number = self.cleaned_data.get("file")
        return None if number is None else int(number)

    def chosen(self) -> int:
        """The number of the file, the first by default."""
        number = self.wanted()
        return 1 if number is None else number


def codes_of(data: QueryDict) -> list[str]:
    """Return the codes of the replays that are meant: the values of `code`, each once."""
    # Not a possible code: look for one that does not exist.
    values = (value if CODE.fullmatch(value) else "" for value in data.getlist("code"))
    return list(dict.fromkeys(values))


class ExportForm(forms.Form):
    """Asks for a kind of file, and whether replays in every state go into it."""

    everything = forms.BooleanField(required=False)
    format = forms.ChoiceField(required=False, choices=[("xlsx", "XLSX"), ("csv", "CSV")])

    def chosen(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("format") or "xlsx"

    def wants_everything(self) -> bool:
        self.is_valid()
        return bool(self.cleaned_data.get("everything"))


def address_back(request: HttpRequest, default: str) -> str:
    """The `next` of a form, if it is one of the replays' pages."""
    wanted = own_path(request.POST.get("next") or request.GET.get("next"))
    is_ours = wanted.startswith(reverse("replays:list"))
    return wanted if is_ours and wanted.isprintable() and wanted.isascii() else default
