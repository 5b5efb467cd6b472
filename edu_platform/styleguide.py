"""The components of the pages on one page, for those who build more of them; where DEBUG is off there is no such page."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

HERE = "#"


@dataclass(frozen=True, slots=True)
class Way:
    """One of several ways to look at the same."""

    label: str | Promise
    is_chosen: bool = False
    address: str = HERE


@dataclass(frozen=True, slots=True)
class Step:
    """A step of something that is done in order."""

    name: str
    title: str | Promise
    summary: str | Promise
    is_done: bool = False
    address: str = HERE


@dataclass(frozen=True, slots=True)
class State:
    """A state, as a chip says it."""

    css_class: str
    shape: str
    label: str | Promise


class SampleForm(forms.Form):
    """A form with one row of each sort: filled, explained and refused."""

    name = forms.CharField(label=_("Name"), initial="三年级2班")
    grade = forms.CharField(label=_("Grade"), help_text=_("It is proposed by the name."))


WAYS = (Way(_("Class groups"), is_chosen=True), Way(_("Teachers")), Way(_("School")))
STEPS = (
    Step("people", _("People"), _("Teachers, students and their class groups"), is_done=True),
    Step("term", _("Terms"), _("Weeks, bell times and holidays")),
    Step("lessons", _("Lessons"), _("What is taught, by whom and when")),
)

STATES = (
    State("mark-running", "●", _("running")),
    State("mark-waiting", "⇄", _("substitute")),
    State("mark-quiet", "✕", _("cancelled")),
    State("mark-done", "▶", _("Replay")),
    State("mark-done", "✓", _("Ready")),
    State("mark-waiting", "◌", _("Waiting")),
)


@require_safe
@login_not_required
def styleguide(request: HttpRequest) -> HttpResponse:
    if not settings.DEBUG:
        raise Http404
    context = {
        "ways": WAYS,
        "steps": STEPS,
        "states": STATES,
        "heads": (_("Class group"), _("Grade"), _("Students")),
        "form": SampleForm({"name": "三年级2班", "grade": ""}),
        "subjects": range(1, 13),
    }
    return render(request, "styleguide/styleguide.html", context)
