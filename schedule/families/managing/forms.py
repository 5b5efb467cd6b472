"""The form of a new family link: whose it is, and which further children it shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.enums import Role
from accounts.forms import validate_can_be_stored
from accounts.models import User
from edu_platform.lib.filter_forms import NO_NUL
from edu_platform.lib.line_field import LineField
from schedule.class_groups.member_forms import SeveralTexts
from schedule.families.links import CHILDREN_A_LINK, LINKS_A_CHILD
from schedule.families.managing.access import class_groups_managed, keys_managed, manages_all
from schedule.lessons.fields import NAMES_CHARS
from schedule.lessons.named import (
    SEPARATORS,
    NotMeant,
    entries_of,
    only_one_meant,
    people_with_usernames,
)
from schedule.lessons.nearest import NearestPeople, with_question
from schedule.models import FAMILY_LABEL_CHARS, Membership


class LinkForm(forms.Form):
    label = LineField(
        label=_("Whose link it is"),
        max_length=FAMILY_LABEL_CHARS,
        validators=[validate_can_be_stored],
        error_messages=NO_NUL,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text=_(
            "As the school calls them, for example mother or grandfather. It tells the links of a child apart."
        ),
    )
    more = forms.CharField(
        label=_("Further children of the family"),
        max_length=NAMES_CHARS,
        required=False,
        error_messages=NO_NUL,
        widget=SeveralTexts({"autocomplete": "off"}),
        help_text=_("Their usernames, with ; between them. One link shows them all."),
    )

    def __init__(self, data: Mapping[str, Any] | None, *, child: User, by: User) -> None:
        self._child, self._by = child, by
        super().__init__(data)

    def clean_more(self) -> list[User]:
        usernames = entries_of(self.cleaned_data["more"], SEPARATORS)
        if len(usernames) > CHILDREN_A_LINK:
            raise forms.ValidationError(_too_many_children())
        people: dict[int, User] = {self._child.pk: self._child}
        faults: list[str] = []
        called = people_with_usernames(usernames)
        everybody = [user for users in called.values() for user in users]
        managed = keys_managed(self._by, everybody)
        for text, users in called.items():
            try:
                person = only_one_meant(text, [user for user in users if user.pk in managed])
            except NotMeant:
                faults.append(self._unknown_in_words(text))
                continue
            if fault := _fault_of(person):
                faults.append(fault)
            people[person.pk] = person
        if faults:
            raise forms.ValidationError(faults)
        if len(people) > CHILDREN_A_LINK:
            raise forms.ValidationError(_too_many_children())
        return list(people.values())

    @property
    def children(self) -> list[User]:
        """Return all children of a valid form: the one of the page first."""
        children: list[User] = self.cleaned_data["more"]
        return children

    def _unknown_in_words(self, text: str) -> str:
        """Say that there is no such student; a class teacher hears nothing of those of others."""
        if manages_all(self._by):
            sentence = gettext("Nobody has the username %(name)s.")
            people = User.objects.active()
        else:
            sentence = gettext(
                "No student of your class groups has the username %(name)s. The office makes links for children of several classes."
            )
            students = Membership.objects.of_students()
            students = students.filter(class_group__in=class_groups_managed(self._by))
            people = User.objects.active().filter(pk__in=students.values("user"))
        return with_question(sentence % {"name": text}, NearestPeople(people).nearest(text))

    def refuse_child(self, child: User) -> None:
        """Say that a child has left, or is a student no more, since the form was read."""
        self.add_error(None, _fault_of(child))

    def refuse_too_many(self, child: User) -> None:
        """Say that a child has too many links already."""
        words = gettext(
            "%(child)s has %(count)s open links already: end those that nobody needs first."
        )
        self.add_error(None, words % {"child": child.display_name, "count": LINKS_A_CHILD})


def _too_many_children() -> str:
    return gettext("A link shows at most %(count)s children.") % {"count": CHILDREN_A_LINK}


def _fault_of(person: User) -> str:
    """Say why no link can show this person; empty where one can."""
    if not person.is_active:
        return gettext("The account of %(person)s is deactivated.") % {"person": person}
    if not person.has_role(Role.STUDENT):
        return gettext("%(person)s is not a student.") % {"person": person}
    return ""
