"""The list of people, as its filters narrow it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import (
    Case,
    CharField,
    Count,
    OuterRef,
    QuerySet,
    Value,
    When,
    Window,
)
from django.urls import reverse
from django.utils import timezone

from accounts.enums import IdentityState, PasswordState, Role
from accounts.models import (
    HAS_NO_PASSWORD,
    ClassroomIdentity,
    RoleGrant,
    User,
    UserQuerySet,
)
from edu_platform.lib.aggregates import Hexadecimal, cells_in, lines_of
from edu_platform.lib.http import with_query
from edu_platform.lib.natural_keys import names_like
from edu_platform.lib.paging import Pager, pager_of
from edu_platform.lib.pinyin import typed_name
from edu_platform.lib.statements import Statement
from schedule.models import Membership
from schedule.people.filters import Filters, State

PAGE_SIZE = 20
# Further on there is nobody in any school.
PAGES_AT_MOST = 10_000
# So many sets of filters, and pages of them, have their SQL written; who types is on a first page.
STATEMENTS_KEPT = 128


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person in the list. Without a code, which a night gives, they have no page yet."""

    code: str | None
    username: str
    display_name: str
    is_active: bool
    is_superuser: bool
    roles: tuple[Role, ...]
    class_groups: tuple[str, ...]
    password: PasswordState
    last_login: dt.datetime | None


@dataclass(frozen=True, slots=True)
class FoundPeople:
    rows: tuple[PersonRow, ...]
    pager: Pager
    # Start passwords for all whom the filters leave, and those whom they would find among closed accounts.
    start_passwords_url: str
    deactivated_url: str
    # How many these are; counted where nobody else is found.
    deactivated: int = 0

    @property
    def is_on_several_pages(self) -> bool:
        return self.pager.count > self.pager.page_size


def found_people(filters: Filters, *, number: int, page_size: int) -> FoundPeople:
    """Return one page of the people whom the filters leave; one query, three for a page too far."""
    rows, count = _rows(filters, page_size=page_size, number=number)
    page = Paginator(range(count), page_size).get_page(number)
    if not rows and number > 1:
        page = Paginator(range(_count(filters)), page_size).get_page(number)
        rows, _counted = _rows(filters, page_size=page_size, number=page.number)
    closed = replace(filters, state=State.DEACTIVATED.value)
    is_narrowed = bool(filters.as_query()) and not filters.state
    return FoundPeople(
        rows=rows,
        pager=pager_of(page, path=reverse("people:people"), query=filters.as_query()),
        start_passwords_url=with_query(reverse("people:start_passwords"), filters.as_query()),
        deactivated_url=with_query(reverse("people:people"), closed.as_query()),
        deactivated=_count(closed) if is_narrowed and not rows else 0,
    )


# --- The question, whose SQL is written once for each set of filters --------------------------------


class Shape(NamedTuple):
    """Name the filters that are set; what they are set to is handed over with each question."""

    is_searched: bool
    is_pinyin: bool
    has_role: bool
    has_class_group: bool
    state: str


def people_of(filters: Filters) -> UserQuerySet:
    """Return the people whom the filters leave, in their order."""
    return _people(_shape_of(filters), **_values(filters))


def _shape_of(filters: Filters) -> Shape:
    return Shape(
        is_searched=bool(filters.q),
        is_pinyin=bool(typed_name(filters.q)),
        has_role=bool(filters.role),
        has_class_group=bool(filters.class_group),
        state=filters.state,
    )


def _values(filters: Filters) -> dict[str, Any]:
    return {
        "q": filters.q,
        "typed": typed_name(filters.q),
        "role": filters.role,
        "class_group": filters.class_group,
        "day": timezone.localdate(),
    }


def _people(
    shape: Shape, *, q: Any, typed: Any, role: Any, class_group: Any, day: Any
) -> UserQuerySet:
    people = _of_state(User.objects.get_queryset(), shape.state)
    if shape.is_searched:
        people = people.filter(names_like(User, q, typed if shape.is_pinyin else "", "username"))
    if shape.has_role:
        people = people.filter(pk__in=RoleGrant.objects.filter(role=role).values("user"))
    if shape.has_class_group:
        members = Membership.objects.on(day=day).filter(
            class_group__name=class_group, class_group__archived_at=None
        )
        people = people.filter(pk__in=members.values("user"))
    return people.order_by("name_key", "username")


def _of_state(people: UserQuerySet, state: str) -> UserQuerySet:
    if state == State.ALL:
        return people
    if state == State.DEACTIVATED:
        return people.filter(is_active=False)
    people = people.active()
    if state == State.NEVER:
        return people.filter(last_login=None)
    if state == State.NO_PASSWORD:
        return people.without_way_to_sign_in()
    if state == State.REFUSED:
        refused = ClassroomIdentity.objects.filter(state=IdentityState.FAILED)
        return people.filter(pk__in=refused.values("user"))
    if state == State.WITHDRAWN:
        withdrawn = RoleGrant.objects.filter(withdrawn_at__isnull=False)
        return people.filter(pk__in=withdrawn.values("user"))
    return people


@lru_cache(STATEMENTS_KEPT)
def _rows_statement(shape: Shape, first: int, last: int) -> Statement[Any]:
    return Statement(
        lambda **values: _with_columns(_people(shape, **values), values["day"])[first:last]
    )


def _count(filters: Filters) -> int:
    return people_of(filters).count()


def _rows(filters: Filters, *, page_size: int, number: int) -> tuple[tuple[PersonRow, ...], int]:
    """Return the people of one page, and how many there are on all; none are said where the page is too far."""
    first = (number - 1) * page_size
    statement = _rows_statement(_shape_of(filters), first, first + page_size)
    found = statement.rows(**_values(filters))
    return tuple(_row(*columns) for *columns, _total in found), found[0][-1] if found else 0


_PASSWORD = Case(
    When(HAS_NO_PASSWORD, then=Value(PasswordState.NONE.value)),
    When(must_change_password=True, then=Value(PasswordState.START.value)),
    default=Value(PasswordState.OWN.value),
    output_field=CharField(),
)


def _with_columns(people: UserQuerySet, day: Any) -> QuerySet[Any, Any]:
    grants = RoleGrant.objects.filter(user=OuterRef("pk"))
    memberships = Membership.objects.on(day=day).filter(user=OuterRef("pk"))
    named = lines_of(
        memberships, Hexadecimal("class_group__name_key"), "class_group__name", of="user"
    )
    roles = lines_of(grants, "role", of="user")
    return people.values_list(
        *("code", "username", "display_name", "is_active", "is_superuser"),
        *(roles, named, _PASSWORD, "last_login", Window(Count("pk"))),
    )


def _row(
    code: str | None,
    username: str,
    display_name: str,
    is_active: bool,  # noqa: FBT001 -- a column
    is_superuser: bool,  # noqa: FBT001 -- a column
    roles: str | None,
    class_groups: str | None,
    password: str,
    last_login: dt.datetime | None,
) -> PersonRow:
    held = {role for (role,) in cells_in(roles)}
    return PersonRow(
        code=code,
        username=username,
        display_name=display_name,
        is_active=is_active,
        is_superuser=is_superuser,
        roles=tuple(role for role in Role if role.value in held),
        class_groups=tuple(dict.fromkeys(name for _key, name in cells_in(class_groups))),
        password=PasswordState(password),
        last_login=last_login,
    )
