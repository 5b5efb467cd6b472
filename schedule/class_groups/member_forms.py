"""The forms of members of class groups: who joins, and who moves where from which day on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.models.people import UserQuerySet
from edu_platform.lib.batches import in_batches
from edu_platform.lib.day_field import DayInput
from schedule.class_groups.forms import LIST_OF_GROUPS, require_usable_name
from schedule.class_groups.moving import Move
from schedule.enums import MembershipKind
from schedule.lessons.fields import DAY_CHARS, NAMES_CHARS
from schedule.lessons.moments import NotReadable, read_date
from schedule.lessons.named import (
    SEPARATORS,
    NotMeant,
    entries_of,
    only_one_meant,
    people_named,
    people_with_usernames,
)
from schedule.lessons.nearest import (
    NearestPeople,
    class_groups_missing_in_words,
    not_meant_in_words,
    with_question,
)
from schedule.models import CLASS_GROUP_NAME_CHARS, ClassGroup, Membership
from schedule.models.class_groups import GRADE_CHARS
from schedule.week_grid import DAY

# A request names so many people; a class group has tens of them.
PEOPLE_AT_MOST = 500
PEOPLE_CHARS = 160 * PEOPLE_AT_MOST
# A form names so many people with whom something is wrong; more are counted.
NAMED_AT_MOST = 10


class SeveralTexts(forms.TextInput):
    """Reads all fields of one name, as boxes to tick send them, and texts with `;` between them."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        values = data.getlist(name) if hasattr(data, "getlist") else [data.get(name, "")]
        return ";".join(map(str, values))


class MoveForm(forms.Form):
    """Students of a class group, the one to which they go, and their first day there."""

    source: ClassGroup
    # Those of a kind; students move, and class teachers leave.
    kind = MembershipKind.STUDENT
    # The field that asks for the day.
    day_field = "from"

    people = forms.CharField(
        label=_("Students"), max_length=PEOPLE_CHARS, required=False, widget=SeveralTexts
    )
    to = forms.CharField(
        label=_("To class group"),
        max_length=CLASS_GROUP_NAME_CHARS,
        widget=forms.TextInput(LIST_OF_GROUPS),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, source: ClassGroup, **options: Any
    ) -> None:
        self.source = source
        super().__init__(data, **options)
        # In addresses and forms it is called so, which Python does not let stand above.
        self.fields["from"] = forms.CharField(
            label=_("From (day)"),
            max_length=DAY_CHARS,
            widget=DayInput,
            initial=timezone.localdate,
            help_text=_("The first day there. Lessons of the days before stay visible."),
        )

    def clean_from(self) -> dt.date:
        return _day_not_over(self.cleaned_data["from"])

    @property
    def first_day(self) -> dt.date:
        """Return the first day on which they are no longer there, of a form that has one."""
        day: dt.date = self.cleaned_data["from"]
        return day

    def clean_to(self) -> ClassGroup:
        return self.target_named(self.cleaned_data["to"])

    def target_named(self, name: str) -> ClassGroup:
        """Return the class group to which they go.

        Raises:
            ValidationError: there is none, it is archived, or the same one.
        """
        if self.source.archived_at is None and name == self.source.name:
            raise forms.ValidationError(
                gettext("They are in this class group: choose another one.")
            )
        target = ClassGroup.objects.active().filter(name=name).first()
        if target is not None:
            return target
        return self.target_missing(name)

    def target_missing(self, name: str) -> ClassGroup:
        if ClassGroup.objects.filter(name=name).exists():
            raise forms.ValidationError(
                gettext("%(name)s is archived: nobody can join it.") % {"name": name}
            )
        raise forms.ValidationError(class_groups_missing_in_words([name]))

    def clean_people(self) -> list[User]:
        usernames = entries_of(self.cleaned_data["people"], SEPARATORS)
        if not usernames:
            raise forms.ValidationError(gettext("Choose at least one student."))
        if len(usernames) > PEOPLE_AT_MOST:
            reason = gettext("At most %(count)s people at once: choose fewer.")
            raise forms.ValidationError(reason % {"count": PEOPLE_AT_MOST})
        called = people_with_usernames(usernames)
        if unknown := [name for name, users in called.items() if not users]:
            raise forms.ValidationError(self._unknown_in_words(unknown))
        people, faults = _meant_by(called, User.objects.active())
        if faults:
            raise forms.ValidationError(_some(faults))
        return people

    def _unknown_in_words(self, usernames: Sequence[str]) -> list[str]:
        members = Membership.objects.filter(class_group=self.source, kind=self.kind)
        people = NearestPeople(User.objects.active().filter(pk__in=members.values("user")))
        said = gettext("Nobody has the username %(name)s.")
        return [
            with_question(said % {"name": name}, people.nearest(name)) for name in _some(usernames)
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("people") and self.day_field in cleaned:
            of_members = faults_of_members(
                self.source, cleaned["people"], self.kind, self.first_day
            )
            for fault in _some(of_members):
                self.add_error("people", fault)
        return cleaned

    def move(self) -> Move:
        return Move(
            source=self.source,
            target=self.cleaned_data.get("to"),
            first_day=self.first_day,
            people=tuple(self.cleaned_data["people"]) if "people" in self.fields else None,
            kind=self.kind,
        )


class SplitForm(MoveForm):
    """The same, and the other class group may be a new one."""

    grade = forms.CharField(
        label=_("Grade"),
        max_length=GRADE_CHARS,
        required=False,
        help_text=_("Of a new class group. Empty: as its name says."),
    )
    field_order = ("to", "grade", "from", "people")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].label = _("Name of the new class group, or of another one")
        self.order_fields(self.field_order)

    def target_missing(self, name: str) -> ClassGroup:
        # Its students are as old as they were.
        return ClassGroup(name=require_usable_name(name), age_band=self.source.age_band)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        target = cleaned.get("to")
        if target is not None and target.pk is None:
            target.grade = cleaned.get("grade", "")
        return cleaned


class MergeForm(MoveForm):
    """Ask from which day on all students of a class group belong to another one."""

    people = None  # type: ignore[assignment] # as Django takes an inherited field away

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].label = _("Into class group")


class LeaveForm(MoveForm):
    """Members leave, and go to no other class group."""

    to = None  # type: ignore[assignment] # as above
    day_field = "last"
    last = forms.CharField(
        label=_("Last day"), max_length=DAY_CHARS, widget=DayInput, initial=timezone.localdate
    )

    def __init__(self, *args: Any, kind: MembershipKind, **options: Any) -> None:
        self.kind = kind
        super().__init__(*args, **options)
        del self.fields["from"]

    def clean_last(self) -> dt.date:
        return _day_not_over(self.cleaned_data["last"])

    @property
    def first_day(self) -> dt.date:
        last: dt.date = self.cleaned_data["last"]
        return last + DAY


def _day_not_over(text: str) -> dt.date:
    try:
        day = read_date(text)
    except NotReadable as err:
        raise forms.ValidationError(capfirst(str(err))) from err
    if day < timezone.localdate():
        raise forms.ValidationError(
            gettext("Today is the earliest day: days that are over stay as they were.")
        )
    return day


def _meant_by(
    candidates: Mapping[str, Sequence[User]], everybody: UserQuerySet
) -> tuple[list[User], list[str]]:
    """Return whom these texts mean, each once, and say of each text that means nobody or does not say whom.

    Who was probably meant is looked for among `everybody`.
    """
    people: dict[int, User] = {}
    faults: list[str] = []
    nearest = NearestPeople(everybody)
    for text, users in candidates.items():
        try:
            user = only_one_meant(text, users)
        except NotMeant as err:
            faults.append(not_meant_in_words(err, nearest))
        else:
            people[user.pk] = user
    return list(people.values()), faults


def faults_of_members(
    class_group: ClassGroup, people: Iterable[User], kind: MembershipKind, day: dt.date
) -> list[str]:
    """Say of each who is not in the class group on a day or later since when, or that they never were."""
    people = list(people)
    rows = Membership.objects.filter(class_group=class_group, kind=kind).order_by("pk")
    last_days: dict[int, dt.date] = {}
    for keys in in_batches(user.pk for user in people):
        for pk, last_day in rows.filter(user__in=keys).values_list("user", "to_date"):
            last_days[pk] = max(last_days.get(pk, dt.date.min), last_day or dt.date.max)
    return [
        _not_there_in_words(user, class_group, last_days.get(user.pk), kind)
        for user in people
        if last_days.get(user.pk, dt.date.min) < day
    ]


def _not_there_in_words(
    user: User, class_group: ClassGroup, last_day: dt.date | None, kind: MembershipKind
) -> str:
    values = {"person": user, "class_group": class_group, "day": last_day}
    if last_day is None:
        if kind == MembershipKind.CLASS_TEACHER:
            return gettext("%(person)s is no class teacher of %(class_group)s.") % values
        return gettext("%(person)s is no student of %(class_group)s.") % values
    if last_day < timezone.localdate():
        return gettext("%(person)s left %(class_group)s: %(day)s was the last day.") % values
    return gettext("%(person)s leaves %(class_group)s before: %(day)s is the last day.") % values


def _some(faults: Sequence[str]) -> list[str]:
    more = len(faults) - NAMED_AT_MOST
    return [*faults[:NAMED_AT_MOST], *([f"+ {more}"] if more > 0 else [])]


# --- Who joins ------------------------------------------------------------------------------------


class FirstDayForm(forms.Form):
    """Asks from which day on somebody is in a class group; a program that leaves it out means today."""

    first_day = forms.CharField(
        label=_("First day"),
        max_length=DAY_CHARS,
        required=False,
        widget=DayInput,
        initial=timezone.localdate,
    )

    def clean_first_day(self) -> dt.date:
        text = self.cleaned_data["first_day"]
        return _day_not_over(text) if text else timezone.localdate()

    @property
    def is_ahead(self) -> bool:
        """Tell of a valid form whether the first day is yet to come."""
        return bool(self.cleaned_data["first_day"] > timezone.localdate())


class JoinForm(FirstDayForm):
    field_order = ("join", "first_day")

    join = forms.CharField(
        label=_("Add people"),
        max_length=NAMES_CHARS,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_(
            "Usernames, or names that one person alone has, with ; between them. A teacher becomes its class teacher."
        ),
    )

    def clean_join(self) -> list[User]:
        texts = entries_of(self.cleaned_data["join"])
        if not texts:
            raise forms.ValidationError(self.fields["join"].error_messages["required"])
        people, faults = _meant_by(people_named(texts, role=None), User.objects.active())
        faults += [_inactive(user) for user in people if not user.is_active]
        if faults:
            raise forms.ValidationError(_some(faults))
        return people


def _inactive(user: User) -> str:
    return gettext("The account of %(person)s is deactivated.") % {"person": user}
