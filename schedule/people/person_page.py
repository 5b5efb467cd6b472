"""Read what the page of one person shows; as many queries whatever there is of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, F, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.appointing_words import who_changes
from accounts.enums import ErasureState, GrantSource, IdentityState, PasswordState, Role
from accounts.hooks import former_student_notes
from accounts.models import ClassroomIdentity, Erasure, ExternalAccount, RoleGrant, User
from accounts.role_lines import role_line
from accounts.selectors.second_factor import SecondFactorState, state_of
from accounts.selectors.sign_ins import SignInRow, sign_ins_of
from accounts.services.appointing import may_look_after
from classroom.client.transport import is_configured, sdk_app_id
from edu_platform.lib.http import with_query
from schedule.enums import LessonState
from schedule.models import (
    Lesson,
    LessonQuerySet,
    Membership,
    Term,
    TermQuerySet,
    WeeklyLesson,
)

# A page shows the first ones, of more than a teacher ever has.
TAUGHT_ROWS = 60
MEMBERSHIPS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class MembershipRow:
    membership: Membership
    # Neither over nor still to come.
    is_today: bool
    is_over: bool
    # It can be ended from the page, or cancelled where it has not begun.
    is_open: bool
    is_planned: bool


@dataclass(frozen=True, slots=True)
class TaughtRow:
    """Lessons to come of a course with a class group, or with none."""

    course: str
    class_group: str
    is_assisted: bool
    count: int
    next_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CloudState:
    """Say in words how the classroom cloud knows a person."""

    words: str
    # "done", "waiting" or "running", as marks are called.
    mark: str
    hints: Sequence[str] = ()
    nickname: str = ""
    can_try_again: bool = False


@dataclass(frozen=True, slots=True)
class PersonPage:
    person: User
    may_change: bool
    role_lines: Sequence[str]
    # Those that the school's sign-in gave, in words, and those that it gives no longer.
    given_roles: Sequence[str]
    withdrawn: Sequence[RoleGrant]
    # What would end with the role of a student that is among those, in words.
    lost_with_role: str
    # Told to those who may not change the person.
    who_changes: str
    memberships: Sequence[MembershipRow]
    taught: Sequence[TaughtRow]
    cloud: CloudState
    password: PasswordState
    second_factor: SecondFactorState
    sign_ins: Sequence[SignInRow]
    external_accounts: Sequence[ExternalAccount]
    timetable_url: str
    hours_url: str
    # The erasing has ended: until then it is under way.
    is_erased: bool

    @property
    def has_password(self) -> bool:
        return self.password is not PasswordState.NONE


def person_page(person: User, *, viewer: User, at: dt.datetime) -> PersonPage:
    """Read all of it: one query each."""
    is_erasing = person.erasing_since is not None
    may_change = may_look_after(viewer, person) and not is_erasing
    grants = list(person.role_grants.all())
    withdrawn = [grant for grant in grants if grant.withdrawn_at is not None]
    taught = taught_by(person, at)
    teaches = bool(taught) or person.has_role(Role.TEACHER)
    query = {"teacher": person.username}
    return PersonPage(
        person=person,
        may_change=may_change,
        role_lines=[role_line(role) for role in Role if role in person.roles],
        given_roles=[_given(grant) for grant in grants if grant.source == GrantSource.CLAIM],
        withdrawn=withdrawn,
        lost_with_role=_lost_with_role(person, withdrawn) if may_change else "",
        who_changes="" if may_change or is_erasing else who_changes(person),
        memberships=memberships_of(person, timezone.localdate(at)),
        taught=taught,
        cloud=cloud_state(person),
        password=person.password_state,
        second_factor=state_of(person),
        sign_ins=sign_ins_of(person, here=None, at=at) if person.is_active else [],
        external_accounts=list(person.external_accounts.order_by("created_at", "pk")),
        timetable_url=with_query(reverse("schedule:this_week"), query) if teaches else "",
        hours_url=with_query(reverse("schedule:hours"), query) if teaches else "",
        is_erased=is_erasing and _erasures_that_ended(person).exists(),
    )


def _erasures_that_ended(person: User) -> QuerySet[Erasure]:
    return Erasure.objects.filter(person=person, state=ErasureState.ERASED)


def _lost_with_role(person: User, withdrawn: Sequence[RoleGrant]) -> str:
    """Say what ends when the role of a student is taken away that the school's sign-in gives no longer."""
    if Role.STUDENT not in {grant.role for grant in withdrawn}:
        return ""
    return former_student_notes([person.pk]).get(person.pk, "")


def _given(grant: RoleGrant) -> str:
    role = Role(grant.role).label
    if grant.withdrawn_at is None:
        return _("%(role)s: given by the school's sign-in") % {"role": role}
    day = date_format(timezone.localtime(grant.withdrawn_at), "DATE_FORMAT")
    told = _("%(role)s: no longer given by the school's sign-in since %(day)s")
    return told % {"role": role, "day": day}


# --- Class groups and lessons ---------------------------------------------------------------------


def memberships_of(person: User, today: dt.date) -> list[MembershipRow]:
    """Return the class groups of a person: those without an end first, then the latest."""
    rows = person.memberships.select_related("class_group").order_by(
        F("to_date").desc(nulls_first=True), "class_group__name_key", "pk"
    )
    return [
        MembershipRow(
            membership=row,
            is_today=row.covers(today),
            is_over=row.to_date is not None and row.to_date < today,
            is_open=row.to_date is None or row.to_date > today,
            is_planned=row.from_date is not None and row.from_date > today,
        )
        for row in rows[:MEMBERSHIPS_SHOWN]
    ]


def lessons_to_come(person: User, at: dt.datetime) -> LessonQuerySet:
    """Return the lessons that a person teaches or assists and that are not over; cancelled ones are none."""
    assisted = Lesson.assistants.through.objects.filter(user=person)
    of_person = Q(teacher=person) | Q(pk__in=assisted.values("lesson"))
    return _to_come(at).filter(of_person)


def terms_with(person: User, today: dt.date) -> TermQuerySet:
    """Return the terms that are not over in which a person teaches or assists every week."""
    weekly = WeeklyLesson.objects.filter(Q(teacher=person) | Q(assistants=person))
    return (
        Term.objects.not_over(today).filter(pk__in=weekly.values("term")).order_by("first_monday")
    )


def _to_come(at: dt.datetime) -> LessonQuerySet:
    return Lesson.objects.filter(ends_at__gt=at).exclude(state=LessonState.CANCELLED)


def taught_by(person: User, at: dt.datetime) -> list[TaughtRow]:
    """Return what a person has to teach, then what they have to assist in; two queries."""
    return [
        *_taught(_to_come(at).filter(teacher=person), is_assisted=False),
        *_taught(_to_come(at).filter(assistants=person), is_assisted=True),
    ]


def _taught(lessons: LessonQuerySet, *, is_assisted: bool) -> list[TaughtRow]:
    keys = ("course__name_key", "class_groups__name_key")
    rows = (
        lessons.values(*keys, "course__name", "class_groups__name")
        .annotate(count=Count("pk"), next_at=Min("starts_at"))
        .order_by(*keys, "course__name")
    )
    return [
        TaughtRow(
            course=row["course__name"],
            class_group=row["class_groups__name"] or "",
            is_assisted=is_assisted,
            count=row["count"],
            next_at=row["next_at"],
        )
        for row in rows[:TAUGHT_ROWS]
    ]


# --- The classroom cloud --------------------------------------------------------------------------


def cloud_state(person: User) -> CloudState:
    """Say how the cloud knows the person, and what is not in order with it."""
    if not is_configured():
        return CloudState(_("The classroom cloud is not connected yet."), "quiet")
    identities = ClassroomIdentity.objects.of_app(sdk_app_id())
    identity = identities.filter(user=person).first()
    if identity is None:
        return CloudState(
            _("Not registered yet: this happens before the first class."),
            "quiet",
        )
    state = IdentityState(identity.state)
    marks = {IdentityState.REGISTERED: "done", IdentityState.FAILED: "running"}
    words = {IdentityState.FAILED: _("Refused: the person cannot enter any class.")}
    return CloudState(
        words=words.get(state, str(state.label)),
        mark=marks.get(state, "waiting"),
        hints=list(_hints(identity)),
        nickname=identity.sent_nickname,
        can_try_again=state is not IdentityState.REGISTERED or bool(identity.refused_nickname),
    )


def _hints(identity: ClassroomIdentity) -> Sequence[str]:
    hints: list[str] = []
    if identity.reason:
        hints.append(_("The cloud says: %(reason)s") % {"reason": identity.reason})
    if identity.refused_nickname:
        told = _(
            "The cloud refuses the name %(name)s: in class the person has a neutral one. Change the name, then try again."
        )
        hints.append(told % {"name": identity.refused_nickname})
    if identity.unreachable_since:
        since = date_format(timezone.localtime(identity.unreachable_since), "Y-m-d H:i")
        hints.append(_("No answer from the cloud since %(since)s.") % {"since": since})
    return hints
