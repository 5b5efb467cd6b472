"""Forms of consents: the text, what came on paper, and the print that is checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from schedule.consents.proposal import is_left_to_fill_in
from schedule.consents.reading import StudentConsent
from schedule.consents.writing import GivenConsent
from schedule.models import ConsentText
from schedule.models.consents import CONSENT_TEXT_CHARS, GUARDIAN_CHARS, RELATION_CHARS

CODE_CHARS = 16
NAME_CHARS = 64
TEXT_ROWS = 16


class ConsentTextForm(forms.Form):
    chinese_text = forms.CharField(
        label=_("Text in Chinese"),
        max_length=CONSENT_TEXT_CHARS,
        widget=forms.Textarea({"rows": TEXT_ROWS, "lang": "zh-hans"}),
        help_text=_("An empty line begins a paragraph."),
    )
    english_text = forms.CharField(
        label=_("Text in English"),
        max_length=CONSENT_TEXT_CHARS,
        required=False,
        widget=forms.Textarea({"rows": TEXT_ROWS, "lang": "en"}),
        help_text=_("Empty: readers of English see the Chinese one."),
    )
    asks_again = forms.BooleanField(
        label=_("Everybody is asked again"),
        required=False,
        help_text=_(
            "Tick it when people would agree to something else than before: earlier consents no longer hold."
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("chinese_text", "english_text"):
            if is_left_to_fill_in(cleaned.get(name, "")):
                self.add_error(
                    name, gettext("Fill in at the end whom to ask, and how to reach them.")
                )
        return cleaned


class CheckForm(forms.Form):
    """Ask for what the print of a consent says."""

    code = forms.CharField(label=_("Number of the consent"), max_length=CODE_CHARS)
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=NAME_CHARS)
    guardian_name = forms.CharField(label=_("Guardian"), max_length=GUARDIAN_CHARS, required=False)
    guardian_relation = forms.CharField(
        label=_("Relation to the student"), max_length=RELATION_CHARS, required=False
    )


# --- What came on paper ---------------------------------------------------------------------------


class PaperRow(forms.Form):
    """The guardian who signed for one student; fields are named by the student's username."""

    guardian_name = forms.CharField(max_length=GUARDIAN_CHARS, required=False)
    guardian_relation = forms.CharField(max_length=RELATION_CHARS, required=False)

    def __init__(self, data: QueryDict | None, *, row: StudentConsent, is_chosen: bool) -> None:
        self.row, self.is_chosen = row, is_chosen
        super().__init__(data, prefix=row.user.username)
        name, relation = self.fields["guardian_name"], self.fields["guardian_relation"]
        values = {"name": row.user.display_name}
        name.widget.attrs["aria-label"] = gettext("Guardian of %(name)s") % values
        relation.widget.attrs["aria-label"] = gettext("Relation to %(name)s") % values
        name.widget.attrs["placeholder"] = pgettext("of a person", "Name")
        relation.widget.attrs["placeholder"] = gettext("Relation to the student")
        relation.widget.attrs["list"] = "relations"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        name, relation = cleaned.get("guardian_name"), cleaned.get("guardian_relation")
        if not self.is_chosen or self.errors:
            return cleaned
        if self.row.needs_guardian and not name:
            self.add_error("guardian_name", gettext("Under 14: write down which guardian signed."))
        elif bool(name) != bool(relation):
            missing = "guardian_relation" if name else "guardian_name"
            self.add_error(missing, gettext("Write down who signed, and as what."))
        return cleaned

    def given(self) -> GivenConsent:
        return GivenConsent(
            self.row.user,
            self.cleaned_data["guardian_name"],
            self.cleaned_data["guardian_relation"],
        )


class PaperForm:
    """The rows of a class group, of which some are chosen, and the version that stands on the paper."""

    def __init__(
        self,
        data: QueryDict | None,
        *,
        rows: Sequence[StudentConsent],
        texts: Sequence[ConsentText],
    ) -> None:
        chosen = set(() if data is None else data.getlist("person"))
        self.unknown = chosen - {row.user.username for row in rows}
        self.rows = [PaperRow(data, row=row, is_chosen=row.user.username in chosen) for row in rows]
        self.texts = texts
        number = "" if data is None else data.get("version", "")
        self.text = next((text for text in texts if str(text.number) == number), None)
        if not number and texts:
            self.text = texts[0]

    @property
    def chosen(self) -> list[PaperRow]:
        return [row for row in self.rows if row.is_chosen]

    @property
    def people(self) -> list[User]:
        return [row.row.user for row in self.chosen]

    def is_valid(self) -> bool:
        # Each row is looked at, so that all that is wrong is said at once.
        faulty = [row for row in self.chosen if not row.is_valid()]
        return not faulty

    def given(self) -> list[GivenConsent]:
        return [row.given() for row in self.chosen]
