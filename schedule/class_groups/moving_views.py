"""Change who belongs to a class group: join, move, leave; split one, or merge it into another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from accounts.models import display_names
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    form_status,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.versions import NotAsShown, is_as_shown, known_in
from schedule.class_groups.access import get_class_group_to_manage
from schedule.class_groups.forms import class_group_gone_in_words, name_taken_in_words
from schedule.class_groups.member_forms import JoinForm, LeaveForm, MergeForm, MoveForm, SplitForm
from schedule.class_groups.members import members_of, version_of_members
from schedule.class_groups.moving import (
    ClassGroupGone,
    Moved,
    NotMembers,
    PeopleGone,
    add_members,
    carry_out,
    shown_move,
)
from schedule.class_groups.views import HERE, class_group_page, page_of
from schedule.class_groups.writing import ClassGroupNameTaken
from schedule.enums import MembershipKind
from schedule.lessons.meanwhile import Meanwhile
from schedule.lessons.named import class_group_choices
from schedule.models import ClassGroup


@require_post_or_explain("class_groups:class_group")
def join(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_class_group_to_manage(request.user, code)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return class_group_page(request, group, join_form=form, status=UNPROCESSABLE)
    try:
        add_members(
            form.cleaned_data["join"],
            [group],
            today=timezone.localdate(),
            first_day=form.cleaned_data["first_day"],
            by=request.user,
        )
    except PeopleGone as err:
        said = _("%(names)s: this account is not there any more.")
        faults = [said % {"names": display_names(err.people)}]
        return class_group_page(request, group, faults=faults, status=CONFLICT)
    except ClassGroupGone:
        group = get_class_group_to_manage(request.user, code)
        said = _("%(name)s is archived: nobody can join it.") % {"name": group}
        return class_group_page(request, group, faults=[said], status=CONFLICT)
    messages.success(request, _joined_in_words(form))
    return see_other(page_of(group))


def _joined_in_words(form: JoinForm) -> str:
    values = {"count": len(form.cleaned_data["join"]), "day": form.cleaned_data["first_day"]}
    if form.is_ahead:
        words = ngettext(
            "%(count)s person was added, from %(day)s on.",
            "%(count)s people were added, from %(day)s on.",
            values["count"],
        )
        return words % values
    words = ngettext("%(count)s person was added.", "%(count)s people were added.", values["count"])
    return words % values


@dataclass(frozen=True, slots=True)
class Way:
    """One way to move: its form, and the page on which this is filled in."""

    name: str
    form: type[MoveForm]
    # Shows the form again, with what is wrong with it.
    page: Callable[[SignedInRequest, ClassGroup, MoveForm, int], HttpResponse]


def _on_page_of_group(
    request: SignedInRequest, group: ClassGroup, form: MoveForm, status: int
) -> HttpResponse:
    return class_group_page(request, group, move_form=form, status=status)


def _on_page_of_split(
    request: SignedInRequest, group: ClassGroup, form: MoveForm, status: int
) -> HttpResponse:
    members = members_of(group, today=timezone.localdate())
    return _asking_page(request, group, form, status, name="split", students=members.movable)


def _on_page_of_merge(
    request: SignedInRequest, group: ClassGroup, form: MoveForm, status: int
) -> HttpResponse:
    return _asking_page(request, group, form, status, name="merge")


def _asking_page(
    request: SignedInRequest,
    group: ClassGroup,
    form: MoveForm,
    status: int,
    *,
    name: str,
    **more: object,
) -> HttpResponse:
    context = {
        "class_group": group,
        "form": form,
        "known": version_of_members(group),
        "chosen": set(request.POST.getlist("people")),
        "names": [each for each in class_group_choices() if each != group.name],
        **more,
    }
    return render(request, f"{HERE}/{name}.html", context, status=status)


MOVE = Way("move", MoveForm, _on_page_of_group)
SPLIT = Way("split", SplitForm, _on_page_of_split)
MERGE = Way("merge", MergeForm, _on_page_of_merge)


@require_post_or_explain("class_groups:class_group")
def move(request: SignedInRequest, code: str) -> HttpResponse:
    """Move students from a day on; with `check` only show what comes of it."""
    return _answer(request, get_class_group_to_manage(request.user, code), MOVE)


@require_http_methods(READ_AND_WRITE)
def split(request: SignedInRequest, code: str) -> HttpResponse:
    """Choose students and the name of their new class group, see what comes of it, and split."""
    return _answer(request, get_class_group_to_manage(request.user, code), SPLIT)


@require_http_methods(READ_AND_WRITE)
def merge(request: SignedInRequest, code: str) -> HttpResponse:
    """Choose the class group into which all students go, see what comes of it, and merge."""
    return _answer(request, get_class_group_to_manage(request.user, code), MERGE)


def _answer(request: SignedInRequest, group: ClassGroup, way: Way) -> HttpResponse:
    form = way.form(request.POST if request.method == "POST" else None, source=group)
    known = known_in(request.POST)
    if form.is_bound and not is_as_shown(known, version_of_members(group)):
        return _changed_meanwhile(request, group, form, way)
    if not form.is_valid():
        return way.page(request, group, form, form_status(form))
    if "check" in request.POST:
        return _preview(request, form, way)
    try:
        moved = carry_out(form.move(), known=known, by=request.user)
    except ClassGroup.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (NotAsShown, NotMembers):
        return _changed_meanwhile(request, group, form, way)
    except ClassGroupGone:
        form.add_error("to", class_group_gone_in_words())
        return way.page(request, group, form, CONFLICT)
    except ClassGroupNameTaken:
        form.add_error("to", name_taken_in_words())
        return way.page(request, group, form, CONFLICT)
    messages.success(request, _moved_in_words(moved, form))
    return see_other(page_of(group if way is MOVE or moved.target is None else moved.target))


def _preview(
    request: SignedInRequest,
    form: MoveForm,
    way: Way,
    *,
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    shown = shown_move(form.move())
    context = {
        "class_group": form.source,
        "shown": shown,
        "way": way.name,
        "usernames": ";".join(member.user.username for member in shown.going),
        "meanwhile": meanwhile,
    }
    return render(request, f"{HERE}/move_preview.html", context, status=status)


def _changed_meanwhile(
    request: SignedInRequest, group: ClassGroup, form: MoveForm, way: Way
) -> HttpResponse:
    """Say that nothing was moved, and show what would come of it now, or what stands against it."""
    said = _(
        "Somebody has changed this class group, or who belongs to it, since you opened this page. Nothing was moved."
    )
    now = get_class_group_to_manage(request.user, group.code)
    # Asked anew: what was found before the other change says nothing any more.
    form = way.form(request.POST, source=now)
    if form.is_valid():
        advice = _("Below stands what would come of it now.")
        return _preview(
            request, form, way, meanwhile=Meanwhile(said=said, advice=advice), status=CONFLICT
        )
    messages.error(request, said)
    return way.page(request, now, form, CONFLICT)


def _moved_in_words(moved: Moved, form: MoveForm) -> str:
    count, day = len(moved.people), form.cleaned_data["from"]
    words = ngettext(
        "%(count)s student belongs to %(target)s from %(day)s on.",
        "%(count)s students belong to %(target)s from %(day)s on.",
        count,
    )
    return words % {"count": count, "target": moved.target, "day": day}


@require_post_or_explain("class_groups:class_group")
def leave(request: SignedInRequest, code: str) -> HttpResponse:
    """Let students or class teachers leave after a last day, without another class group."""
    group = get_class_group_to_manage(request.user, code)
    is_teacher = request.POST.get("kind") == MembershipKind.CLASS_TEACHER
    kind = MembershipKind.CLASS_TEACHER if is_teacher else MembershipKind.STUDENT
    form = LeaveForm(request.POST, source=group, kind=kind)
    if not form.is_valid():
        faults = [str(fault) for of_field in form.errors.values() for fault in of_field]
        return class_group_page(request, group, faults=faults, status=UNPROCESSABLE)
    try:
        moved = carry_out(form.move(), known=known_in(request.POST), by=request.user)
    except ClassGroup.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (NotAsShown, NotMembers):
        now = get_class_group_to_manage(request.user, code)
        said = _(
            "Somebody has changed this class group, or who belongs to it, since you opened this page. Nothing was changed."
        )
        return class_group_page(request, now, faults=[said], status=CONFLICT)
    for words in _left_in_words(moved, group, form.move().last_day):
        messages.success(request, words)
    return see_other(page_of(group))


def _left_in_words(moved: Moved, group: ClassGroup, last_day: dt.date) -> Iterator[str]:
    """Say who leaves after that day, and of whom it was cancelled that they come."""
    cancelled = len(moved.never_there)
    if count := len(moved.people) - cancelled:
        words = ngettext(
            "%(count)s person leaves %(class_group)s: %(day)s is the last day.",
            "%(count)s people leave %(class_group)s: %(day)s is the last day.",
            count,
        )
        yield words % {"count": count, "class_group": group, "day": last_day}
    if cancelled:
        words = ngettext(
            "%(count)s person, who was to come later, does not come to %(class_group)s.",
            "%(count)s people, who were to come later, do not come to %(class_group)s.",
            cancelled,
        )
        yield words % {"count": cancelled, "class_group": group}
