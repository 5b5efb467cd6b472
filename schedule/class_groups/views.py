"""Planners' pages of class groups: the list, one with its members, and what is done to class groups themselves."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, may
from accounts.views.start_passwords import Back, Recipients, ask_and_give
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    form_status,
    require_post_or_explain,
    see_other,
    with_query,
)
from edu_platform.lib.paging import PageForm
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.access import general_relations, require
from schedule.class_group_hooks import class_group_figures, class_group_links
from schedule.class_groups import writing
from schedule.class_groups.access import get_class_group_to_manage, get_class_groups_to_manage
from schedule.class_groups.age_bands import band_in_words
from schedule.class_groups.bound import bound_to, bound_to_each
from schedule.class_groups.forms import ClassGroupForm, name_taken_in_words
from schedule.class_groups.lists import (
    ClassGroupFilterForm,
    class_group_list,
    grades_of,
    student_counts,
)
from schedule.class_groups.member_forms import JoinForm, MoveForm
from schedule.class_groups.members import members_of, version_of_members
from schedule.class_groups.start_passwords import students_by_class_group
from schedule.lessons.meanwhile import Meanwhile, saving_overwrites
from schedule.lessons.named import class_group_choices
from schedule.models import ClassGroup

HERE = "schedule/class_groups"


@require_safe
def class_groups(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.MANAGE_PEOPLE)
    form, path = ClassGroupFilterForm(request.GET), reverse("class_groups:class_groups")
    filters, today = form.filters(), timezone.localdate()
    found = class_group_list(filters, PageForm(request.GET), path=path, today=today)
    form.offer(grades_of(filters))
    context = {
        "found": found,
        "filters": filters,
        "filter_form": form,
        "publishes_consent": may(Action.PUBLISH_CONSENT_TEXT, general_relations(request.user)),
    }
    return render(request, f"{HERE}/list.html", context)


@require_safe
def class_group(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_class_group_to_manage(request.user, code)
    return class_group_page(request, group)


def class_group_page(
    request: SignedInRequest,
    group: ClassGroup,
    *,
    move_form: MoveForm | None = None,
    join_form: JoinForm | None = None,
    faults: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Render the page, with the form that was refused, if one was, or with what stands against it."""
    today = timezone.localdate()
    members = members_of(group, today=today)
    context = {
        "class_group": group,
        "members": members,
        "bound": bound_to(group, since=today),
        "move_form": move_form or MoveForm(source=group),
        "join_form": join_form or JoinForm(),
        "chosen": set(request.POST.getlist("people")),
        "faults": faults,
        "week_address": with_query(reverse("schedule:this_week"), {"class_group": group.name}),
        "known": version_of_members(group),
        "names": [name for name in class_group_choices() if name != group.name],
        "is_archived": group.archived_at is not None,
        "links": class_group_links(request.user, group),
        "figures": [
            (figure.words, figure.links[group.pk])
            for figure in class_group_figures([group])
            if group.pk in figure.links
        ],
    }
    return render(request, f"{HERE}/class_group.html", context, status=status)


def page_of(group: ClassGroup) -> str:
    return reverse("class_groups:class_group", args=[group.code])


# --- Made and changed -----------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def new(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.MANAGE_PEOPLE)
    form = ClassGroupForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form_page(request, form, None, status=form_status(form))
    try:
        group = writing.create_class_group(**form.cleaned_data, by=request.user)
    except writing.ClassGroupNameTaken:
        form.refuse_name()
        return _form_page(request, form, None, status=CONFLICT)
    messages.success(request, _("The class group was made. Its people can be added now."))
    return see_other(page_of(group))


@require_http_methods(READ_AND_WRITE)
def change(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_class_group_to_manage(request.user, code)
    form = ClassGroupForm(request.POST if request.method == "POST" else None, class_group=group)
    known = known_in(request.POST)
    if not form.is_valid():
        return _form_page(request, form, group, known=known, status=form_status(form))
    try:
        has_changed = writing.change_class_group(
            group, **form.cleaned_data, known=known, by=request.user
        )
    except ClassGroup.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except NotAsShown as err:
        return _form_page(
            request, form, err.now, meanwhile=_changed_meanwhile(err.now), status=CONFLICT
        )
    except writing.ClassGroupNameTaken:
        form.refuse_name()
        return _form_page(request, form, group, known=known, status=CONFLICT)
    if has_changed:
        messages.success(request, _("The class group was changed."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(page_of(group))


def _changed_meanwhile(now: ClassGroup) -> Meanwhile:
    said = _(
        "The class group has changed since you opened this page: it is “%(name)s” now, its grade “%(grade)s”, its age band “%(band)s”."
    )
    band = band_in_words(now.age_band) or "–"
    values = {"name": now.name, "grade": now.grade or "–", "band": band}
    return Meanwhile(said=said % values, advice=saving_overwrites())


def _form_page(
    request: SignedInRequest,
    form: ClassGroupForm,
    group: ClassGroup | None,
    *,
    known: str = "",
    meanwhile: Meanwhile | None = None,
    status: int,
) -> HttpResponse:
    """Render the form; `known` is the version that it showed before, where its page shows no other one now."""
    version = "" if group is None else writing.version_of_texts(group)
    context = {
        "form": form,
        "name": group.name if group else "",
        "title": _("Name, grade, age band") if group else _("New class group"),
        "list_title": _("Class groups"),
        "known": known or version,
        "meanwhile": meanwhile,
        "back": reverse("class_groups:class_groups") if group is None else page_of(group),
    }
    return render(request, "schedule/name_form.html", context, status=status)


# --- Archived and deleted -------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def archive(request: SignedInRequest) -> HttpResponse:
    """Show what stays with the chosen class groups; archive them on POST."""
    if is_nothing_chosen(request):
        return to_choose_first(request)
    groups = get_class_groups_to_manage(request.user, codes_in(request))
    today = timezone.localdate()
    if request.method != "POST":
        students = student_counts([group.pk for group in groups], today=today)
        bound = bound_to_each(groups, since=today)
        rows = [(group, students.get(group.pk, 0), bound[group.pk]) for group in groups]
        return render(request, f"{HERE}/archive.html", {"rows": rows, "back": back_from(groups)})
    writing.archive_class_groups(groups, at=timezone.now(), by=request.user)
    messages.success(request, _("Archived. The names can be used again."))
    return see_other(back_from(groups))


@require_post_or_explain("class_groups:class_group")
def reopen(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_class_group_to_manage(request.user, code)
    try:
        writing.reopen_class_group(group, by=request.user)
    except ClassGroup.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except writing.ClassGroupNameTaken:
        said = f"{name_taken_in_words()} {_('Give that one another name first.')}"
        return class_group_page(request, group, faults=[said], status=CONFLICT)
    messages.success(request, _("The class group is in use again."))
    return see_other(page_of(group))


@require_http_methods(READ_AND_WRITE)
def delete(request: SignedInRequest, code: str) -> HttpResponse:
    """Say what keeps a class group, or what goes with it; delete it on POST."""
    group = get_class_group_to_manage(request.user, code)
    if request.method != "POST":
        return _deletion_page(request, group)
    try:
        writing.delete_class_groups([group], by=request.user)
    except ProtectedError:
        return _deletion_page(request, group, status=CONFLICT)
    messages.success(request, _("%(name)s was deleted.") % {"name": group.name})
    return see_other(reverse("class_groups:class_groups"))


def _deletion_page(
    request: SignedInRequest, group: ClassGroup, *, status: int = 200
) -> HttpResponse:
    bound = bound_to(group, since=timezone.localdate())
    members = group.memberships.values("user").distinct().count()
    context = {
        "class_group": group,
        "bound": bound,
        "members": members,
        "is_kept": bool(members or bound.is_used),
    }
    return render(request, f"{HERE}/delete.html", context, status=status)


def codes_in(request: SignedInRequest) -> list[str]:
    return (request.POST if request.method == "POST" else request.GET).getlist("code")


def is_nothing_chosen(request: SignedInRequest) -> bool:
    """Tell whether the button below the list was pressed without a tick, by somebody who has that list."""
    require(request.user, Action.MANAGE_PEOPLE)
    return not codes_in(request)


def to_choose_first(request: SignedInRequest) -> HttpResponse:
    messages.error(request, _("Choose class groups in the list first."))
    return see_other(reverse("class_groups:class_groups"))


def back_from(groups: list[ClassGroup]) -> str:
    return page_of(groups[0]) if len(groups) == 1 else reverse("class_groups:class_groups")


# --- Start passwords ------------------------------------------------------------------------------


@require_http_methods(READ_AND_WRITE)
def start_passwords(request: SignedInRequest) -> HttpResponse:
    """Start passwords for the students of the chosen class groups: asked for first, then shown this once."""
    if is_nothing_chosen(request):
        return to_choose_first(request)
    groups = get_class_groups_to_manage(request.user, codes_in(request))
    recipients = Recipients(
        people=[(group.name, students) for group, students in students_by_class_group(groups)],
        address=reverse("class_groups:start_passwords"),
        fields={"code": [group.code for group in groups]},
        back=Back(back_from(groups), _("Back")),
    )
    return ask_and_give(request, recipients)
