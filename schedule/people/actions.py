"""Do to one person what the buttons of their page say."""

from __future__ import annotations

import datetime as dt
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.decorators import SignedInRequest
from accounts.enums import Role
from accounts.forms import PictureForm
from accounts.models import ClassroomIdentity, RoleGrant, User
from accounts.services import people as people_services
from accounts.services import sign_ins
from accounts.services.appointing import MayNotAppoint, take_withdrawn_role
from accounts.services.avatars import MAX_UPLOAD_BYTES, PictureNotStored
from accounts.services.external_accounts import keep_role
from accounts.services.profile_sync import try_again
from accounts.sign_in.code_again import require_code_again
from classroom.client.transport import sdk_app_id
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.formatting import listed
from edu_platform.lib.full_disk import storage_failed_text
from edu_platform.lib.http import (
    CONFLICT,
    UNPROCESSABLE,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.text import storable_text
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.class_groups.members import version_of_memberships
from schedule.class_groups.moving import (
    ClassGroupGone,
    Move,
    NotMembers,
    PeopleGone,
    add_members,
    carry_out,
)
from schedule.enums import MembershipKind
from schedule.models import ClassGroup, Membership
from schedule.people.access import get_person, get_person_to_change
from schedule.people.asking import Question, ask, is_confirmed
from schedule.people.forms import JoinForm
from schedule.people.views import person_address, render_person
from schedule.week_grid import DAY


def person_to_change(request: SignedInRequest, code: str) -> User:
    """The person of this code; who has power over others is changed only after a code once more.

    Raises:
        Http404: there is nobody, or the person is not theirs to change.
        ImmediateHttpResponse: the second factor comes first.
    """
    person = get_person_to_change(request.user, code)
    if not person.is_ordinary:
        require_code_again(request, request.user)
    return person


# --- Class groups ---------------------------------------------------------------------------------


@require_post_or_explain("people:person")
def join(request: SignedInRequest, code: str) -> HttpResponse:
    """Have the person belong to further class groups from a day on."""
    person = get_person(request.user, code)
    form = JoinForm(request.POST)
    if not form.is_valid():
        return render_person(request, person, form, status=UNPROCESSABLE)
    try:
        add_members(
            [person],
            form.chosen_groups,
            today=timezone.localdate(),
            first_day=form.cleaned_data["first_day"],
            by=request.user,
        )
    except PeopleGone as err:
        raise Http404 from err
    except ClassGroupGone:
        form.refuse_groups()
        return render_person(request, person, form, status=CONFLICT)
    names = listed(group.name for group in form.chosen_groups)
    told = _("%(person)s belongs to %(names)s now.")
    if form.is_ahead:
        told = _("%(person)s belongs to %(names)s from %(day)s on.")
    day = form.cleaned_data["first_day"]
    values = {"person": person.display_name, "names": names, "day": day}
    messages.success(request, told % values)
    return see_other(person_address(person))


@require_post_or_explain("people:person")
def leave(request: SignedInRequest, code: str) -> HttpResponse:
    """End with today what the person is (`kind`) in a class group (its code as `class_group`), once it is confirmed.

    What begins later (on the day `first`, of several) is cancelled instead.
    """
    person = get_person(request.user, code)
    group, kind = _left_in(request, person)
    planned = _planned_day(request, person, group, kind)
    if not is_confirmed(request):
        question = _question_of_leaving(request, person, group, kind, planned)
        return ask(request, question, back=person_address(person))
    first_day = planned or timezone.localdate() + DAY
    move = Move(source=group, target=None, first_day=first_day, people=(person,), kind=kind)
    shown = partial(version_of_memberships, person)
    try:
        carry_out(move, known=known_in(request.POST), shown=shown, by=request.user)
    except ClassGroup.DoesNotExist as err:
        raise Http404 from err  # deleted meanwhile
    except (NotAsShown, NotMembers):
        said = _(
            "Somebody has changed the class groups of this person since you opened the page. Nothing was changed."
        )
        messages.error(request, said)
        return render_person(request, person, JoinForm(), status=CONFLICT)
    told = _("%(person)s leaves %(name)s at the end of today.")
    if planned is not None:
        told = _("Cancelled: %(person)s does not come to %(name)s.")
    messages.success(request, told % {"person": person.display_name, "name": group.name})
    return see_other(person_address(person))


def _planned_day(
    request: SignedInRequest, person: User, group: ClassGroup, kind: MembershipKind
) -> dt.date | None:
    """Return the day on which begins what is left, where that has not begun: the one that was sent, else the first."""
    today = timezone.localdate()
    rows = Membership.objects.not_over(day=today).filter(user=person, class_group=group, kind=kind)
    days = list(rows.values_list("from_date", flat=True))
    planned = sorted(day for day in days if day is not None and day > today)
    sent = [day for day in planned if str(day) == request.POST.get("first")]
    if sent or len(planned) == len(days):
        return next(iter(sent or planned), None)
    return None


def _question_of_leaving(
    request: SignedInRequest,
    person: User,
    group: ClassGroup,
    kind: MembershipKind,
    planned: dt.date | None,
) -> Question:
    values = {"person": person.display_name, "name": group.name, "day": planned}
    fields = {"kind": kind.value, "class_group": group.code, "known": known_in(request.POST)}
    if planned is not None:
        said = _(
            "They were to belong to it from %(day)s on, and never do then. Nothing changes in their other class groups: what ended for it goes on ending."
        )
        return Question(
            title=_("Cancel that %(person)s comes to %(name)s?") % values,
            lines=[said % values],
            button=_("Cancel joining"),
            fields={**fields, "first": str(planned)},
        )
    said = _(
        "From tomorrow on lessons of this class group are none of theirs. What they attended until today stays theirs."
    )
    if kind == MembershipKind.CLASS_TEACHER:
        said = _("From tomorrow on they look after its students no longer.")
    return Question(
        title=_("Is today the last day of %(person)s in %(name)s?") % values,
        lines=[said],
        button=_("Ends today"),
        fields=fields,
    )


def _left_in(request: SignedInRequest, person: User) -> tuple[ClassGroup, MembershipKind]:
    """Return the class group that the person leaves, and as what they are in it.

    Raises:
        Http404: they never were.
    """
    is_teacher = request.POST.get("kind") == MembershipKind.CLASS_TEACHER
    kind = MembershipKind.CLASS_TEACHER if is_teacher else MembershipKind.STUDENT
    group_code = storable_text(request.POST.get("class_group", ""))
    groups = ClassGroup.objects.filter(code=group_code)
    group = groups.filter(memberships__user=person, memberships__kind=kind).first()
    if group is None:
        raise Http404
    return group, kind


# --- Signing in -----------------------------------------------------------------------------------


@require_post_or_explain("people:person")
def sign_out(request: SignedInRequest, code: str) -> HttpResponse:
    person = person_to_change(request, code)
    count = sign_ins.end_all(person, by=request.user)
    text = ngettext("%(count)s device is signed out.", "%(count)s devices are signed out.", count)
    messages.success(request, text % {"count": count})
    return see_other(person_address(person))


# --- What the school's sign-in, and the cloud, say ------------------------------------------------


@require_post_or_explain("people:person")
def withdrawn_role(request: SignedInRequest, code: str) -> HttpResponse:
    """Keep or take (`action`) a role that the school's sign-in gives no longer (`role`)."""
    person = person_to_change(request, code)
    role = storable_text(request.POST.get("role", ""))
    grants = RoleGrant.objects.filter(user=person, withdrawn_at__isnull=False)
    grant = grants.select_related("user").filter(role=role).first()
    action = request.POST.get("action")
    if grant is None or action not in {"keep", "take"}:
        raise Http404
    if action == "keep":
        keep_role(grant, by=request.user)
        told = _("%(person)s keeps the role %(role)s.")
    else:
        try:
            take_withdrawn_role(grant, by=request.user)
        except (RoleGrant.DoesNotExist, MayNotAppoint) as err:
            raise Http404 from err  # somebody else has decided, or given them power
        told = _("%(person)s no longer has the role %(role)s.")
    values = {"person": person.display_name, "role": Role(role).label}
    messages.success(request, told % values)
    return see_other(person_address(person))


@require_post_or_explain("people:person")
def register_again(request: SignedInRequest, code: str) -> HttpResponse:
    person = person_to_change(request, code)
    count = try_again(ClassroomIdentity.objects.of_app(sdk_app_id()).filter(user=person))
    text = ngettext(
        "A worker takes care of %(count)s person now.",
        "A worker takes care of %(count)s people now.",
        count,
    )
    messages.success(request, text % {"count": count})
    return see_other(person_address(person))


# --- Picture --------------------------------------------------------------------------------------


@takes_file_of(MAX_UPLOAD_BYTES)
@require_post_or_explain("people:person")
def picture(request: SignedInRequest, code: str) -> HttpResponse:
    """Show another picture of the person (`picture`), or none (`remove`)."""
    person = person_to_change(request, code)
    address = see_other(person_address(person))
    if "remove" in request.POST:
        people_services.remove_picture(person, by=request.user)
        messages.success(request, _("The picture was removed."))
    else:
        form = PictureForm(request.POST, request.FILES)
        if not form.is_valid():
            messages.error(request, " ".join(map(str, form["picture"].errors)))
            return address
        try:
            people_services.set_picture(person, form.cleaned_data["picture"], by=request.user)
        except PictureNotStored:
            messages.error(request, storage_failed_text())
            return address
        messages.success(request, _("The picture was changed."))
    return address
