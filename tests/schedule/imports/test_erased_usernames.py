"""A file that still names somebody who was erased brings nobody back without a question."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Erasure, User
from edu_platform.lib.bulk_writing import own_transaction
from edu_platform.lib.spreadsheets.rows import SheetRefused
from schedule.imports.user_spreadsheet import UserImportOptions, import_users
from tests.cast import SignedIn
from tests.support.commands import run_with
from tests.support.erasing import erased, somebody, under_way
from tests.support.pages import read
from tests.support.sheets import csv_of

pytestmark = pytest.mark.django_db

PAGE = "/imports/people/"
HEAD = "username,display_name,role,class_groups"
ROWS = ("newcomer,王小明,student,", "ouyang.my,欧阳明月,student,")


@pytest.fixture
def staff(planner: User, signed_in: SignedIn) -> Client:
    return signed_in(planner, "en")


def check(client: Client) -> Any:
    file = SimpleUploadedFile("people.csv", csv_of(HEAD, *ROWS))
    return client.post(PAGE, {"file": file, "check": ""})


def take(client: Client, page: Any, **ticks: str) -> Any:
    values = {"kept": page.context["kept"].code, "import": "", "makes": "on"}
    return client.post(PAGE, values | ticks)


def test_page_asks_whether_it_is_a_new_person(staff: Client):
    erased(somebody(username="ouyang.my"))
    today = timezone.localdate().isoformat()

    page = check(staff)

    words = read(page.content).one("section", "import-preview").text
    asked = f"somebody with this username was erased on {today}: is this a new person?"
    assert words.count(asked) == 1
    assert "something in it may be a mistake" in words


def test_nobody_is_taken_before_somebody_has_said_so(staff: Client):
    erased(somebody(username="ouyang.my"))
    page = check(staff)

    refused = take(staff, page)

    assert refused.status_code == 422
    assert "somebody who was erased stands in the file still" in refused.content.decode()
    assert not User.objects.filter(username__in=["newcomer", "ouyang.my"]).exists()


def test_new_person_with_the_username_is_taken_with_a_tick_and_not_asked_about_again(
    staff: Client,
):
    erased(somebody(username="ouyang.my"))

    answer = take(staff, check(staff), reuses="on")

    assert answer.status_code == 303
    assert User.objects.filter(username="ouyang.my", is_active=True).exists()
    assert check(staff).context["preview"].reused == 0


def test_erased_between_check_and_import_is_asked_about(staff: Client):
    person = somebody(username="ouyang.my")
    page = check(staff)
    erased(person)

    answer = take(staff, page, reuses="on")

    assert answer.status_code == 409
    assert not User.objects.filter(username="ouyang.my").exists()


@pytest.mark.parametrize(
    "row", ["ouyang.my,欧阳月明,student,", "ouyang.my,欧阳明月,student,一年级1班"]
)
def test_erasing_that_is_confirmed_while_an_import_writes_is_not_undone_by_it(row: str):
    person = somebody(username="ouyang.my", roles=[Role.STUDENT])

    @contextmanager
    def erased_first(units: int, *, rows_a_unit: int) -> Iterator[dict[str, Any]]:
        if not Erasure.objects.exists():
            under_way(person)
        with own_transaction(units, rows_a_unit=rows_a_unit) as noted:
            yield noted

    options = UserImportOptions(reactivates=True)
    with pytest.raises(SheetRefused):
        import_users(csv_of(HEAD, row), options=options, write_in=erased_first)

    person.refresh_from_db()
    assert (person.display_name, person.is_active) == ("欧阳明月", False)
    assert not person.memberships.exists()


def test_row_of_somebody_whose_erasing_is_on_its_way_is_refused(staff: Client):
    person = somebody("甲", username="ouyang.my")
    under_way(person)

    page = check(staff)

    assert page.context["preview_address"]
    person.refresh_from_db()
    assert (person.display_name, person.is_active) == ("甲", False)


def test_file_without_erased_people_asks_nothing(staff: Client):
    erased(somebody(username="somebody.else"))

    assert "reuses" not in check(staff).context["take_form"].fields


def test_command_says_so_and_goes_on(tmp_path: Path):
    erased(somebody(username="ouyang.my"))

    outcome = run_with("import_users", tmp_path, csv_of(HEAD, *ROWS))

    assert outcome.code == 0
    assert outcome.stdout.splitlines()[-1] == "added=2 changed=0 unchanged=0"
    today = timezone.localdate().isoformat()
    assert outcome.stderr.startswith("3:username: ")
    assert today in outcome.stderr
