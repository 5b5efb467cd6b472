"""Start passwords: made, given, and shown once, as slips or in a sheet. None is kept as text, or logged."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext

from accounts.enums import PasswordRefusal, Role
from accounts.models import User
from accounts.services.appointing import may_look_after
from accounts.services.people import set_start_password
from accounts.sign_in.passwords import new_start_password
from edu_platform.lib.batches import in_batches
from edu_platform.lib.spreadsheets.workbooks import new_write_only_workbook, set_width
from edu_platform.lib.spreadsheets.writing import escaped

COLUMN_WIDTH = 22
# At once, while a person waits: each takes a few hundredths of a second to make.
PASSWORDS_AT_ONCE = 500

Refused = Sequence[tuple[User, PasswordRefusal]]


@dataclass(frozen=True, slots=True)
class StartPassword:
    """Made for one person, not given yet. The text is shown once and kept nowhere."""

    user: User
    password: str
    password_hash: str


def refusal_of_staff(person: User, *, by: User) -> PasswordRefusal | None:
    """Return why staff may give this person none: who has power over others is helped by who may appoint them."""
    if not person.is_active:
        return PasswordRefusal.DEACTIVATED
    return None if may_look_after(by, person) else PasswordRefusal.POWER


def refusal_among_many(person: User) -> PasswordRefusal | None:
    """Return why somebody gets none where many are given at once: those with power get theirs one by one."""
    if not person.is_active:
        return PasswordRefusal.DEACTIVATED
    return None if person.is_ordinary else PasswordRefusal.POWER


def refusal_of_class_teacher(person: User) -> PasswordRefusal | None:
    """Return why a class teacher may give this person none: theirs are those who are students and nothing else."""
    if not person.is_active:
        return PasswordRefusal.DEACTIVATED
    is_student = not person.is_superuser and person.roles == {Role.STUDENT}
    return None if is_student else PasswordRefusal.NOT_ONLY_STUDENT


@dataclass(frozen=True, slots=True)
class Judged:
    """Many people, by whether they need a start password, or get none."""

    # They cannot sign in, or never did.
    in_need: frozenset[User]
    # They have a way to sign in, which a start password would replace.
    others: frozenset[User]
    refused: Refused

    def chosen(self, *, everyone: bool) -> frozenset[User]:
        return self.in_need | self.others if everyone else self.in_need


def judge(people: Iterable[User]) -> Judged:
    """Say of many people, with their roles, who needs a start password; a query for each some hundreds of them."""
    judged = [(person, refusal_among_many(person)) for person in people]
    allowed = [person for person, refusal in judged if refusal is None]
    needing: set[int] = set()
    for keys in in_batches(person.pk for person in allowed):
        rows = User.objects.get_queryset().in_need_of_start_password().filter(pk__in=keys)
        needing.update(rows.values_list("pk", flat=True))
    return Judged(
        in_need=frozenset(person for person in allowed if person.pk in needing),
        others=frozenset(person for person in allowed if person.pk not in needing),
        refused=[(person, refusal) for person, refusal in judged if refusal is not None],
    )


def make_start_passwords(people: Iterable[User]) -> list[StartPassword]:
    """Make a password for each. Slow, so it is done before the transaction that gives them."""
    made: list[StartPassword] = []
    for user in people:
        password = new_start_password()
        made.append(StartPassword(user, password, make_password(password)))
    return made


@transaction.atomic
def give_start_passwords(
    made: Sequence[StartPassword],
    *,
    by: User | None,
    refusal: Callable[[User], PasswordRefusal | None] = lambda _person: None,
) -> tuple[list[StartPassword], list[tuple[User, PasswordRefusal]]]:
    """Let each sign in with the password made for them, which the first sign-in replaces.

    Wherever they are signed in, they no longer are: each sign-in holds for one password. Returned is what was given,
    and who got none: `refusal` judges each by the roles and the account of now, as others may have been appointed or
    deactivated while the passwords were made. People who were deleted are in neither.
    """
    people = _locked_as_they_are(entry.user.pk for entry in made)
    given: list[StartPassword] = []
    refused: list[tuple[User, PasswordRefusal]] = []
    for entry in made:
        person = people.get(entry.user.pk)
        if person is None:
            continue
        if (reason := refusal(person)) is not None:
            refused.append((person, reason))
            continue
        set_start_password(person, password_hash=entry.password_hash, by=by)
        given.append(replace(entry, user=person))
    return given, refused


def _locked_as_they_are(keys: Iterable[int]) -> dict[int, User]:
    """Lock people in their order, and read them with the roles of now."""
    people: dict[int, User] = {}
    for some in in_batches(sorted(keys)):
        rows = User.objects.get_queryset().filter(pk__in=some).order_by("pk")
        locked = rows.select_for_update(no_key=True, of=("self",))
        people.update({person.pk: person for person in locked.prefetch_related("role_grants")})
    return people


def sign_in_address() -> str:
    """Return what people type who have nothing but their slip: it leads to the sign-in."""
    return f"{settings.PUBLIC_BASE_URL}/"


def as_csv(given: Sequence[StartPassword]) -> bytes:
    """A table that Excel opens as it is: with a mark for UTF-8, and no cell that calculates."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerows(_rows(given))
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[tuple[str, Sequence[StartPassword]]]) -> bytes:
    """The same as a workbook; of several class groups, say, each row says of which it is."""
    workbook = new_write_only_workbook()
    sheet = workbook.create_sheet(gettext("Start passwords"))
    for number in range(1, 6):
        set_width(sheet, number, COLUMN_WIDTH)
    head, *_rest = _rows(())
    sheet.append([*head, gettext("Class group")])
    for title, given in sheets:
        _head, *rows = _rows(given)
        for row in rows:
            sheet.append([*row, escaped(title)])
    packed = io.BytesIO()
    workbook.save(packed)
    return packed.getvalue()


def _rows(given: Sequence[StartPassword]) -> list[list[str]]:
    address = sign_in_address()
    head = [gettext("Name"), gettext("Username"), gettext("Start password"), gettext("Sign in at")]
    cells = (
        (entry.user.display_name, entry.user.username, entry.password, address) for entry in given
    )
    return [head, *([escaped(cell) for cell in row] for row in cells)]
