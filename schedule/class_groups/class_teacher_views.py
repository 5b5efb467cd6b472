"""The pages of class teachers: their students, and start passwords for those who cannot sign in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest, signed_in
from accounts.hooks import OwnLink
from accounts.models import User
from accounts.services.start_passwords import (
    give_start_passwords,
    make_start_passwords,
    refusal_of_class_teacher,
)
from accounts.views.start_passwords import Back, slips_response
from edu_platform.lib.http import UNPROCESSABLE, require_post_or_explain
from schedule.class_group_hooks import class_group_links, class_group_to_do
from schedule.class_groups.access import class_groups_taught_by, get_class_group, is_class_teacher
from schedule.class_groups.reading import StudentRow, students_today
from schedule.models import ClassGroup


def class_teacher_links(user: User) -> Iterator[OwnLink]:
    """For the profile of class teachers; of nobody else anything is asked."""
    if is_class_teacher(user):
        yield OwnLink(reverse("schedule:class_groups"), _("My class groups"))


@require_safe
def class_groups(request: SignedInRequest) -> HttpResponse:
    taught_groups = class_groups_taught_by(request.user)
    if not taught_groups:
        raise Http404
    to_do = class_group_to_do(taught_groups)
    rows = [(group, to_do[group.pk]) for group in taught_groups]
    return render(request, "schedule/class_teacher/class_groups.html", {"rows": rows})


@require_safe
def class_group(request: SignedInRequest, code: str) -> HttpResponse:
    group = get_class_group(request.user, code)
    return _class_group_page(request, group, students_today(group))


@require_post_or_explain("schedule:class_group")
def start_passwords(request: SignedInRequest, code: str) -> HttpResponse:
    """Give the chosen students new start passwords, and show them this once."""
    group = get_class_group(request.user, code)
    rows = students_today(group)
    # A button of one student, pressed while others are ticked, is for that one.
    wanted = request.POST.getlist("only") or request.POST.getlist("username")
    if "without" in request.POST:
        wanted = [row.user.username for row in rows if row.lacks_password]
    if not wanted:
        fault = _("Choose at least one student.")
        return _class_group_page(request, group, rows, fault=fault, status=UNPROCESSABLE)
    chosen = _chosen(rows, wanted)
    made = make_start_passwords(row.user for row in chosen if row.refusal is None)
    given, late = give_start_passwords(made, by=request.user, refusal=refusal_of_class_teacher)
    refused = [(row.user, row.refusal) for row in chosen if row.refusal is not None]
    sheets = [(group.name, given)] if given else []
    back = Back(reverse("schedule:class_group", args=[group.code]), group.name)
    return slips_response(request, sheets, [*refused, *late], back=back)


def _chosen(rows: Sequence[StudentRow], usernames: Sequence[str]) -> list[StudentRow]:
    """The students of these usernames.

    Raises:
        Http404: one of them is no student of the class group.
    """
    by_username = {row.user.username: row for row in rows}
    if not by_username.keys() >= set(usernames):
        raise Http404
    return [row for username, row in by_username.items() if username in set(usernames)]


def _class_group_page(
    request: HttpRequest,
    group: ClassGroup,
    rows: Sequence[StudentRow],
    *,
    fault: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "class_group": group,
        "links": class_group_links(signed_in(request), group),
        "to_do": class_group_to_do([group])[group.pk],
        "rows": rows,
        "fault": fault,
        "without_password": sum(row.lacks_password for row in rows),
    }
    return render(request, "schedule/class_teacher/class_group.html", context, status=status)
