"""Press the buttons of a person's page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.enums import AuditKind, GrantSource, Role
from accounts.hooks import former_student_note_makers
from accounts.models import AuditEntry, RoleGrant, Session, User
from accounts.services.appointing import MayNotAppoint, take_withdrawn_role
from tests.cast import SignedIn
from tests.factories.accounts import UserFactory
from tests.support.people import AGAIN, again, main, page_of
from tests.support.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


class TestSignOut:
    def test_ends_all_sign_ins(self, office: Client, planner: User, student: User):
        Client().force_login(student)

        assert office.post(page_of(student, "sign-out/"))["Location"] == page_of(student)

        assert not Session.objects.filter(user=student).exists()
        entry = AuditEntry.objects.get(kind=AuditKind.SIGN_INS_ENDED)
        assert (entry.actor, entry.person) == (planner, student)


class TestWithdrawnRoles:
    @pytest.fixture
    def former(self) -> User:
        """A teacher whom the school's sign-in calls a student by now."""
        person = UserFactory.create(username="former", roles=[Role.STUDENT, Role.TEACHER])
        grants = RoleGrant.objects.filter(user=person)
        grants.update(source=GrantSource.CLAIM)
        grants.filter(role=Role.TEACHER).update(withdrawn_at=timezone.now())
        return person

    def decide(self, client: Client, person: User, action: str, role: str = "teacher") -> Any:
        path = page_of(person, "withdrawn-role/")
        return client.post(path, {"action": action, "role": role})

    def test_page_says_what_the_sign_in_gave(self, office: Client, former: User, student: User):
        told = main(office.get(page_of(former))).text

        assert "Student: given by the school's sign-in" in told
        assert "Teacher: no longer given by the school's sign-in since" in told
        assert "given by the school's sign-in" not in main(office.get(page_of(student))).text

    def test_page_says_what_ends_with_the_role_of_a_student(self, office: Client, former: User):
        with former_student_note_makers.only(lambda keys: dict.fromkeys(keys, "A link ends.")):
            assert "A link ends." not in main(office.get(page_of(former))).text

            RoleGrant.objects.filter(user=former).update(withdrawn_at=timezone.now())

            assert "A link ends." in main(office.get(page_of(former))).text

    def test_keeping_makes_the_role_one_given_by_hand(
        self, office: Client, planner: User, former: User
    ):
        self.decide(office, former, "keep")

        grant = RoleGrant.objects.get(user=former, role=Role.TEACHER)
        assert (grant.source, grant.withdrawn_at) == (GrantSource.HAND, None)
        assert AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED).actor == planner

    def test_taking_away_leaves_the_others(self, office: Client, planner: User, former: User):
        self.decide(office, former, "take")

        assert again(former).roles == {Role.STUDENT}
        assert AuditEntry.objects.get(kind=AuditKind.ROLES_CHANGED).actor == planner

    def test_taking_away_leaves_a_role_that_somebody_gave_meanwhile(
        self, superuser: User, planner: User, former: User
    ):
        grant = RoleGrant.objects.select_related("user").get(user=former, role=Role.TEACHER)
        assert grant.user.roles == {Role.STUDENT, Role.TEACHER}
        RoleGrant.objects.create(user=former, role=Role.SUPERVISOR)

        with pytest.raises(MayNotAppoint):
            take_withdrawn_role(grant, by=planner)
        take_withdrawn_role(grant, by=superuser)

        assert again(former).roles == {Role.STUDENT, Role.SUPERVISOR}
        with pytest.raises(RoleGrant.DoesNotExist):
            take_withdrawn_role(grant, by=superuser)

    @pytest.mark.parametrize(
        ("action", "role"), [("take", "student"), ("take", "king"), ("burn", "teacher"), ("", "")]
    )
    def test_what_is_not_withdrawn_stays(
        self, office: Client, former: User, action: str, role: str
    ):
        assert self.decide(office, former, action, role).status_code == 404
        assert again(former).roles == {Role.STUDENT, Role.TEACHER}

    def test_people_whom_one_may_not_change_stay_as_they_are(self, office: Client, former: User):
        RoleGrant.objects.create(user=former, role=Role.SUPERVISOR)

        assert self.decide(office, former, "take").status_code == 404


class TestPicture:
    def drawn(self, side_px: int = 1200) -> SimpleUploadedFile:
        packed = io.BytesIO()
        Image.new("RGBA", (side_px, side_px * 2 // 3), "red").save(packed, "PNG")
        return SimpleUploadedFile("my-own-face.png", packed.getvalue(), "image/png")

    def test_becomes_a_small_jpeg_and_goes_again(
        self, office: Client, student: User, django_capture_on_commit_callbacks: Any
    ):
        office.post(page_of(student, "picture/"), {"picture": self.drawn()})

        stored = Path(again(student).avatar.path)
        with Image.open(stored) as image:
            assert (image.format, image.size) == ("JPEG", (512, 341))
        assert "my-own-face" not in stored.name
        with django_capture_on_commit_callbacks(execute=True):
            office.post(page_of(student, "picture/"), {"remove": "1"})
        assert not again(student).avatar
        assert not stored.exists()
        assert {entry.kind for entry in AuditEntry.objects.all()} == {AuditKind.PERSON_CHANGED}

    @pytest.mark.parametrize("way", ["picture/", "register-again/"])
    def test_of_who_has_power_asks_for_a_code(
        self, signed_in: SignedIn, administrator: User, planner: User, way: str
    ):
        give_second_factor(administrator)
        client = signed_in(administrator, "en")

        answer = client.post(page_of(planner, way), {"picture": self.drawn()})

        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, AGAIN)
        assert not again(planner).avatar

    @pytest.mark.parametrize(
        "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b""]
    )
    def test_that_is_none_is_refused(self, office: Client, student: User, content: bytes):
        upload = SimpleUploadedFile("me.svg", content, "image/svg+xml")

        answer = office.post(page_of(student, "picture/"), {"picture": upload})

        assert main(office.get(answer["Location"])).one("li", "error").text
        assert not again(student).avatar
