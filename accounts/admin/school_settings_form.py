"""The form of the school's settings: each is checked here, and says by an example what it does."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms.models import model_to_dict, modelform_factory
from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import SchoolSettings
from accounts.nicknames import nickname_of, require_sound_pattern

MIB_A_GIB = 1024
# The class and the person of the examples.
CLASS_BEGINS, CLASS_ENDS = dt.datetime(2026, 9, 7, 8, 0), dt.datetime(2026, 9, 7, 8, 45)  # noqa: DTZ001 -- of any zone
FILE_MIB = 100
# They have a page of their own, which alone writes them.
NOT_HERE = ("school_name", "logo")


class SchoolSettingsForm(forms.ModelForm[SchoolSettings]):
    record_layout = forms.TypedChoiceField(
        label=capfirst(_("recording layout")),
        coerce=int,
        choices=SchoolSettings.RecordLayout.choices,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, text in examples_of(self.instance).items():
            if name in self.fields:
                self.fields[name].help_text = escape(text)  # it may hold what somebody typed
        self._tell_bounds()
        layout = self.fields.get("record_layout")
        if layout and self.instance.record_layout not in SchoolSettings.RecordLayout.values:
            layout.choices = [("", gettext("Please choose")), *SchoolSettings.RecordLayout.choices]  # type: ignore[attr-defined] # declared above

    def clean_nickname_pattern(self) -> str:
        pattern: str = self.cleaned_data["nickname_pattern"]
        require_sound_pattern(pattern)
        return pattern

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_resolution(cleaned)
        self._check_windows(cleaned)
        self._check_quotas(cleaned)
        return cleaned

    def _check_resolution(self, cleaned: dict[str, Any]) -> None:
        on_stage = cleaned.get("max_mic_number", 0)
        resolution = cleaned.get("resolution", SchoolSettings.Resolution.STANDARD)
        is_standard_only = on_stage > SchoolSettings.HIGH_RESOLUTION_MAX_MICS
        if is_standard_only and resolution != SchoolSettings.Resolution.STANDARD:
            self.add_error(
                "resolution", _("With more than 6 on stage the cloud allows standard only.")
            )

    def _check_windows(self, cleaned: dict[str, Any]) -> None:
        teachers, students = cleaned.get("teacher_entry_min"), cleaned.get("student_entry_min")
        if teachers is not None and students is not None and students > teachers:
            self.add_error(
                "student_entry_min", _("Students would stand in a class before its teacher may.")
            )

    def _check_quotas(self, cleaned: dict[str, Any]) -> None:
        person = cleaned.get("courseware_quota_person_mib")
        school = cleaned.get("courseware_quota_school_gib")
        if person is not None and school is not None and person > school * MIB_A_GIB:
            self.add_error(
                "courseware_quota_person_mib", _("This is more than the whole school may have.")
            )

    def _tell_bounds(self) -> None:
        """Let the browser refuse, while it is typed, what the model will not take."""
        for column in SchoolSettings._meta.fields:  # noqa: SLF001 -- Django's name for what describes a model
            field = self.fields.get(column.name)
            if field is None or not isinstance(field.widget, forms.NumberInput):
                continue
            for validator in column.validators:
                if isinstance(validator, MinValueValidator):
                    field.widget.attrs["min"] = validator.limit_value
                elif isinstance(validator, MaxValueValidator):
                    field.widget.attrs["max"] = validator.limit_value


def stored_faults(school: SchoolSettings) -> list[str]:
    """List the faults of the stored settings by today's rules: they hold until somebody saves the form."""
    form_class = modelform_factory(SchoolSettings, form=SchoolSettingsForm, exclude=NOT_HERE)
    form = form_class(model_to_dict(school), instance=copy.copy(school))
    return [
        f"{form.fields[name].label or name}: {fault}"
        for name, faults in form.errors.items()
        if name in form.fields
        for fault in faults
    ]


def replaced_values(school: SchoolSettings) -> list[str]:
    """Say which choices of the school are offered no more, and what holds in their place."""
    before = SchoolSettings.LAYOUTS_WITH_A_PICTURE.get(school.record_layout_before or 0)
    if before is None:
        return []
    text = gettext(
        "The recording layout was “%(before)s”. The cloud needs a picture for it, which cannot be given here, so rooms that are made from now on have “%(now)s”. This note goes when you save."
    )
    now = dict(SchoolSettings.RecordLayout.choices).get(school.record_layout, "")
    return [text % {"before": before, "now": now}]


def examples_of(school: SchoolSettings) -> dict[str, str]:
    """Explain each setting by an example with the value that is stored."""
    return {
        "max_mic_number": gettext(
            "0 to 16. With %(count)s, so many students are seen and heard beside the teacher. More than 6 allow standard resolution only."
        )
        % {"count": school.max_mic_number},
        "lecture_mic_number": gettext(
            "For rooms that are made from now on. With nobody, students of a lecture watch and write. The cloud's price depends on it."
        ),
        "resolution": gettext(
            "How sharp the cameras are. High and very high need 6 students on stage or fewer, and good lines."
        ),
        "sub_type": gettext("Video only: cameras without a whiteboard."),
        "record_layout": gettext(
            "How recordings look, for rooms that are made from now on. Screen share: what is shown is large, cameras stand beside it. Meeting: all cameras are alike. The whole page: as students see the class, ten hours at most."
        ),
        "students_may_download": gettext(
            "Off: students watch replays in the browser, and have no button for downloading."
        ),
        **_examples_of_times(school),
        **_examples_of_attendance(school),
        **_examples_of_names_and_files(school),
        **_examples_of_families(),
    }


def _examples_of_families() -> dict[str, str]:
    return {
        "families_see_attendance": gettext(
            "Off: the page of a family shows timetable and changes, and nothing of attendance and absences."
        ),
        "families_see_notices": gettext(
            "What children are told of their lessons, replays and attendance; nothing of their account."
        ),
        "families_may_watch": gettext(
            "Other children are to be seen and heard in them: ask whether the law of your place, and the consent that you asked for, allow it. A lesson can still say no."
        ),
    }


def _examples_of_times(school: SchoolSettings) -> dict[str, str]:
    begins, ends = f"{CLASS_BEGINS:%H:%M}", f"{CLASS_ENDS:%H:%M}"
    first_day = CLASS_BEGINS - dt.timedelta(days=school.room_horizon_days)
    return {
        "end_delay_min": gettext(
            "1 to 120. With %(minutes)s, a class that is planned until %(ends)s is ended at %(at)s if its teacher has not ended it."
        )
        % {
            "minutes": school.end_delay_min,
            "ends": ends,
            "at": f"{CLASS_ENDS + school.overtime:%H:%M}",
        },
        "room_horizon_days": gettext(
            "1 to 60. With %(days)s, the room of a class on %(day)s is made on %(first_day)s."
        )
        % {
            "days": school.room_horizon_days,
            "day": f"{CLASS_BEGINS:%Y-%m-%d}",
            "first_day": f"{first_day:%Y-%m-%d}",
        },
        "teacher_entry_min": gettext(
            "With %(minutes)s, teachers, assistants and supervisors enter a class at %(begins)s from %(at)s."
        )
        % {
            "minutes": school.teacher_entry_min,
            "begins": begins,
            "at": f"{CLASS_BEGINS - school.teacher_window:%H:%M}",
        },
        "student_entry_min": gettext(
            "With %(minutes)s, students enter a class at %(begins)s from %(at)s. Not earlier than teachers."
        )
        % {
            "minutes": school.student_entry_min,
            "begins": begins,
            "at": f"{CLASS_BEGINS - school.student_window:%H:%M}",
        },
    }


def _examples_of_attendance(school: SchoolSettings) -> dict[str, str]:
    late_at = CLASS_BEGINS + dt.timedelta(minutes=school.late_after_min)
    early_at = CLASS_ENDS - dt.timedelta(minutes=school.left_early_min)
    length_min = (CLASS_ENDS - CLASS_BEGINS) // dt.timedelta(minutes=1)
    return {
        "late_after_min": gettext(
            "Who first comes after %(at)s into a class that begins at %(begins)s is late. A course may have a rule of its own."
        )
        % {"at": f"{late_at:%H:%M}", "begins": f"{CLASS_BEGINS:%H:%M}"},
        "left_early_min": gettext(
            "Who last leaves before %(at)s a class that ends at %(ends)s has left early."
        )
        % {"at": f"{early_at:%H:%M}", "ends": f"{CLASS_ENDS:%H:%M}"},
        "absent_below_percent": gettext(
            "1 to 100. Of a class of %(length)s minutes, who is there for less than %(minutes)s is absent."
        )
        % {
            "length": length_min,
            "minutes": f"{length_min * school.absent_below_percent / 100:g}",
        },
        "absences_told_at_hour": gettext(
            "0 to 23, in the school's time. Class teachers are told once a day, of absences that have become final since the last time."
        ),
    }


def _examples_of_names_and_files(school: SchoolSettings) -> dict[str, str]:
    name = gettext("Li Ming")
    quota_mib = school.courseware_quota_person_mib
    return {
        "nickname_pattern": gettext(
            "{name} stands for the person's name, and must be there. The cloud sees nothing but this. %(name)s is called “%(nickname)s” in class."
        )
        % {"name": name, "nickname": nickname_of(name, pattern=school.nickname_pattern)},
        "courseware_quota_person_mib": gettext(
            "%(limit)s MiB are room for %(count)s files of %(size)s MiB."
        )
        % {"limit": quota_mib, "count": quota_mib // FILE_MIB, "size": FILE_MIB},
        "courseware_quota_school_gib": gettext(
            "%(limit)s GiB are room for %(count)s people who use all that is theirs."
        )
        % {
            "limit": school.courseware_quota_school_gib,
            "count": school.courseware_quota_school_gib * MIB_A_GIB // max(1, quota_mib),
        },
    }
