"""One's own data on a page and as a file: who gets it, what is in it, and what is noted."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from accounts.data_export import views
from accounts.enums import AuditKind
from accounts.models import AuditEntry, Notice, User
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.factories.courseware import CoursewareFactory
from tests.support.pages import Element, read
from tests.support.second_factor import give_second_factor

pytestmark = pytest.mark.django_db

PAGE = "/accounts/profile/data/"
FILE = "/accounts/profile/data.zip"
AGAIN = "/accounts/reauthenticate/"
PASSWORD = "correct horse battery staple"


@pytest.fixture
def person() -> User:
    return UserFactory.create(username="li", display_name="李四", password=PASSWORD)


def proved(client: Client) -> Client:
    """Type the password once more."""
    client.post(AGAIN, {"password": PASSWORD, "next": PAGE})
    return client


def zip_of(answer: Any) -> zipfile.ZipFile:
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


def table_of(page: Element, summary: str) -> Element:
    (table,) = (
        element
        for element in page.all("details", "own-data")
        if element.one("summary").text == summary
    )
    return table


def add_notices(person: User, count: int) -> None:
    Notice.objects.bulk_create(
        Notice(user=person, kind="gone", cause=f"{count} {at}", address="/") for at in range(count)
    )


class TestPage:
    def test_says_of_each_table_why_how_long_and_who_receives_it(
        self, person: User, signed_in: SignedIn
    ):
        page = read(signed_in(person, "en").get(PAGE).content)

        assert page.one("h1").text == "My data"
        account = table_of(page, "Account (1)")
        facts = [element.text for element in account.all("dd")]
        assert facts[0] == "to know who somebody is, and to let them sign in"
        assert "李四" in account.one("table").text

    def test_says_how_to_have_it_corrected_or_deleted_and_what_is_in_no_table(
        self, person: User, signed_in: SignedIn
    ):
        text = read(signed_in(person, "en").get(PAGE).content).text

        assert "You may also ask to be erased" in text
        assert "Recordings of classes show you, too" in text

    def test_is_led_to_from_the_profile(self, person: User, signed_in: SignedIn):
        page = read(signed_in(person).get("/accounts/profile/").content)

        assert PAGE in [link.attrs.get("href") for link in page.all("a")]

    def test_shows_the_newest_rows_of_many_and_counts_all(self, person: User, signed_in: SignedIn):
        add_notices(person, views.ROWS_SHOWN + 5)

        page = read(signed_in(person, "en").get(PAGE).content)

        notices = table_of(page, "Notices (25)")
        assert len(notices.all("tr")) == 1 + views.ROWS_SHOWN
        assert "The newest 20 of 25; the file has all." in notices.text

    def test_many_rows_cost_no_more_queries_than_one(
        self, person: User, signed_in: SignedIn, django_assert_max_num_queries: Any
    ):
        client = signed_in(person)
        add_notices(person, 1)
        with django_assert_max_num_queries(200) as one:
            client.get(PAGE)
        add_notices(person, 700)

        with django_assert_max_num_queries(len(one)):
            client.get(PAGE)

    def test_opens_for_who_has_signed_in_alone(self, client: Client):
        for address in (PAGE, FILE):
            assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


class TestFile:
    def test_is_given_after_the_password_was_typed_once_more(
        self, person: User, signed_in: SignedIn
    ):
        client = signed_in(person)

        first = client.get(FILE)
        typed = client.post(AGAIN, {"password": PASSWORD, "next": PAGE})
        second = client.get(FILE)

        assert first["Location"] == f"{AGAIN}?next=%2Faccounts%2Fprofile%2Fdata%2F"
        assert typed["Location"] == PAGE
        assert second["Content-Type"] == "application/zip"
        assert second["Cache-Control"] == "no-store"
        assert zip_of(second).testzip() is None

    def test_asks_for_a_code_who_has_a_second_factor(self, person: User, signed_in: SignedIn):
        factor = give_second_factor(person)
        client = proved(signed_in(person))

        refused = client.get(FILE)
        client.post("/accounts/second-factor/again/", {"code": factor.code()})

        assert refused["Location"].startswith("/accounts/second-factor/again/")
        # Read to its end: until then nothing else is made for the person.
        assert zip_of(client.get(FILE)).testzip() is None

    def test_asks_who_has_nothing_to_type_to_sign_in_again(self, signed_in: SignedIn):
        page = read(signed_in(UserFactory.create(), "en").get(FILE).content)

        assert page.one("h1").text == "Sign in once more"
        ways = [element.attrs["value"] for element in page.all("input", name="next")]
        assert f"/accounts/login/?next={PAGE}" in ways
        assert not AuditEntry.objects.exists()

    def test_holds_a_readme_in_each_language_and_json_for_each_table(
        self, person: User, signed_in: SignedIn
    ):
        add_notices(person, 3)

        book = zip_of(proved(signed_in(person, "en")).get(FILE))

        assert {"README.zh-hans.txt", "README.en.txt", "data/accounts.user.json"} <= set(
            book.namelist()
        )
        assert "李四" in book.read("README.en.txt").decode()
        notices = json.loads(book.read("data/accounts.notice.json"))
        assert (notices["title"], notices["count"], len(notices["rows"])) == ("Notices", 3, 3)

    def test_holds_the_persons_files_and_those_of_nobody_else(
        self, person: User, signed_in: SignedIn, settings: Any, tmp_path: Path
    ):
        settings.MEDIA_ROOT = str(tmp_path)
        person.avatar.save("me.jpg", ContentFile(b"face"))
        mine = CoursewareFactory.create(owner=person, content=b"slides")
        CoursewareFactory.create(content=b"of somebody else", uploaded_by=person)

        book = zip_of(proved(signed_in(person)).get(FILE))

        files = {name: book.read(name) for name in book.namelist() if name.startswith("files/")}
        assert files == {
            f"files/{person.avatar.name}": b"face",
            f"files/{mine.file.name}": b"slides",
        }
        (row,) = json.loads(book.read("data/accounts.user.json"))["rows"]
        assert row["avatar"] == f"files/{person.avatar.name}"

    def test_a_file_that_the_storage_has_lost_leaves_an_empty_one(
        self, person: User, signed_in: SignedIn, settings: Any, tmp_path: Path
    ):
        settings.MEDIA_ROOT = str(tmp_path)
        person.avatar.save("me.jpg", ContentFile(b"face"))
        person.avatar.storage.delete(str(person.avatar.name))

        book = zip_of(proved(signed_in(person)).get(FILE))

        assert book.read(f"files/{person.avatar.name}") == b""

    def test_each_download_is_noted(self, person: User, signed_in: SignedIn):
        client = proved(signed_in(person))
        for _time in range(2):
            zip_of(client.get(FILE))

        entries = AuditEntry.objects.filter(kind=AuditKind.DATA_EXPORTED)
        assert [(entry.actor, entry.person) for entry in entries] == [(person, person)] * 2

    def test_one_at_a_time_is_made_for_a_person(self, person: User, signed_in: SignedIn):
        client = proved(signed_in(person, "en"))
        first = client.get(FILE)

        second = client.get(FILE, follow=True)

        assert "Several exports are being made at this moment." in second.content.decode()
        zip_of(first)
        assert zip_of(client.get(FILE)).testzip() is None

    def test_is_not_made_by_another_method(self, person: User, signed_in: SignedIn):
        client = proved(signed_in(person))

        assert client.post(FILE).status_code == 405
        assert not AuditEntry.objects.filter(kind=AuditKind.DATA_EXPORTED).exists()
