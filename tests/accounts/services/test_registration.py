from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts import tasks
from accounts.enums import IdentityState, Role
from accounts.models import ClassroomIdentity, SchoolSettings, User
from accounts.services import batch_registration, people, profile_sync, registration
from classroom.client import users as cloud_users
from classroom.client.errors import (
    CloudNotConfigured,
    CloudProtocolError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from tests.factories.accounts import UserFactory
from tests.support.cloud import SDK_APP_ID, LocalCloud
from tests.support.threads import all_at_once

pytestmark = pytest.mark.django_db

DOOR = Priority.INTERACTIVE
BACKGROUND = Priority.BACKGROUND
REGISTERED, STALE, FAILED, UNREGISTERED = (
    IdentityState.REGISTERED,
    IdentityState.STALE,
    IdentityState.FAILED,
    IdentityState.UNREGISTERED,
)


def names_in(cloud: LocalCloud) -> dict[str, str]:
    """Nicknames in the cloud by UserId."""
    return {user["UserId"]: user["Name"] for user in cloud.users()}


def actions_of(cloud: LocalCloud) -> list[str]:
    return [call["action"] for call in cloud.calls()]


def identity_of(user: User) -> ClassroomIdentity:
    return ClassroomIdentity.objects.get(user=user)


def run_during(monkeypatch: pytest.MonkeyPatch, name: str, meanwhile: Callable[[], Any]) -> None:
    """Have something happen while the cloud is asked."""
    ask = getattr(cloud_users, name)

    def asked(*args: Any, **kwargs: Any) -> Any:
        meanwhile()
        return ask(*args, **kwargs)

    monkeypatch.setattr(cloud_users, name, asked)


class TestOnDemand:
    def test_registers_the_person(self, local_cloud: LocalCloud, student: User):
        identity = registration.ensure_registered(student, DOOR)

        assert names_in(local_cloud) == {identity.classroom_user_id: "王小明"}
        assert identity_of(student).state == REGISTERED
        assert identity_of(student).sent_nickname == "王小明"
        assert identity_of(student).registered_at is not None
        assert identity_of(student).sdk_app_id == SDK_APP_ID

    def test_asks_nothing_the_second_time(self, local_cloud: LocalCloud, student: User):
        first = registration.ensure_registered(student, DOOR)

        again = registration.ensure_registered(student, DOOR)

        assert again == first
        assert actions_of(local_cloud) == ["RegisterUser"]

    def test_follows_the_school_s_pattern(self, local_cloud: LocalCloud, student: User):
        SchoolSettings.objects.create(pk=1, nickname_pattern="实验小学 {name}")

        registration.ensure_registered(student, DOOR)

        assert list(names_in(local_cloud).values()) == ["实验小学 王小明"]

    def test_sends_the_address_of_the_picture(
        self, local_cloud: LocalCloud, student: User, settings: Any
    ):
        settings.PUBLIC_BASE_URL = "https://school.example"
        student.avatar.save("a.jpg", ContentFile(b"picture"))

        registration.ensure_registered(student, DOOR)

        avatar = local_cloud.users()[0]["Avatar"]
        assert avatar == f"https://school.example{student.avatar.url}"
        assert identity_of(student).sent_avatar == avatar

    def test_another_application_knows_the_person_again(
        self, local_cloud: LocalCloud, student: User
    ):
        ClassroomIdentity.objects.create(
            user=student, sdk_app_id=1, classroom_user_id="old", state=REGISTERED
        )

        identity = registration.ensure_registered(student, DOOR)

        assert identity.classroom_user_id != "old"
        assert ClassroomIdentity.objects.filter(user=student).count() == 2

    def test_without_a_cloud_is_said(self, local_cloud: LocalCloud, student: User, settings: Any):
        settings.LCIC_SECRET_ID = ""

        with pytest.raises(CloudNotConfigured):
            registration.ensure_registered(student, DOOR)


class TestLostMapping:
    def test_lost_answer_is_found_by_the_next_try(self, local_cloud: LocalCloud, student: User):
        local_cloud.switch("RegisterUser", "drop_after", times=1)
        with pytest.raises(CloudUnavailable):
            registration.ensure_registered(student, DOOR)

        identity = registration.ensure_registered(student, DOOR)

        assert list(names_in(local_cloud)) == [identity.classroom_user_id]

    def test_garbled_answer_is_found_by_the_next_try(self, local_cloud: LocalCloud, student: User):
        local_cloud.switch("RegisterUser", "garble", times=1)
        with pytest.raises(CloudProtocolError):
            registration.ensure_registered(student, DOOR)

        identity = registration.ensure_registered(student, DOOR)

        assert list(names_in(local_cloud)) == [identity.classroom_user_id]

    def test_lost_user_id_is_found_by_the_origin_id(self, local_cloud: LocalCloud, student: User):
        before = registration.ensure_registered(student, DOOR).classroom_user_id
        ClassroomIdentity.objects.update(classroom_user_id="", state=UNREGISTERED)

        identity = registration.ensure_registered(student, DOOR)

        assert identity.classroom_user_id == before
        assert list(names_in(local_cloud)) == [before]

    def test_found_person_s_name_is_carried_over_again(
        self, local_cloud: LocalCloud, student: User
    ):
        registration.ensure_registered(student, DOOR)
        ClassroomIdentity.objects.update(classroom_user_id="", state=UNREGISTERED)
        people.rename_person(student, display_name="王大明")

        registration.ensure_registered(student, DOOR)
        assert identity_of(student).state == STALE
        tasks.sync_people()

        assert list(names_in(local_cloud).values()) == ["王大明"]
        assert identity_of(student).state == REGISTERED

    def test_deleted_row_leads_to_a_fresh_registration(
        self, local_cloud: LocalCloud, student: User
    ):
        before = registration.ensure_registered(student, DOOR)
        ClassroomIdentity.objects.all().delete()

        identity = registration.ensure_registered(student, DOOR)

        assert identity.classroom_user_id in names_in(local_cloud)
        assert identity.origin_id != before.origin_id

    def test_origin_taken_and_unknown_at_once_is_garbled(
        self, local_cloud: LocalCloud, student: User
    ):
        local_cloud.switch("RegisterUser", "fail", code="FailedOperation.OriginIdExists")

        with pytest.raises(CloudProtocolError):
            registration.ensure_registered(student, DOOR)

        assert identity_of(student).classroom_user_id == ""


class TestForgotten:
    def test_person_deleted_in_the_cloud_is_registered_again(
        self, local_cloud: LocalCloud, student: User
    ):
        before = registration.ensure_registered(student, DOOR)
        local_cloud.delete_user(before.classroom_user_id)

        after = registration.register_again(before, DOOR)

        assert after.classroom_user_id != before.classroom_user_id
        assert identity_of(student).earlier_user_ids == [before.classroom_user_id]
        assert names_in(local_cloud) == {after.classroom_user_id: "王小明"}
        assert after.origin_id == before.origin_id

    def test_several_who_notice_register_once(self, local_cloud: LocalCloud, student: User):
        before = registration.ensure_registered(student, DOOR)
        noticed_too = identity_of(student)
        local_cloud.delete_user(before.classroom_user_id)

        first = registration.register_again(before, DOOR)
        second = registration.register_again(noticed_too, DOOR)

        assert first.classroom_user_id == second.classroom_user_id
        assert len(local_cloud.users()) == 1

    def test_changed_name_of_a_forgotten_person_registers_them_again(
        self, local_cloud: LocalCloud, student: User
    ):
        before = registration.ensure_registered(student, DOOR)
        local_cloud.delete_user(before.classroom_user_id)
        people.rename_person(student, display_name="王大明")

        tasks.sync_people()

        assert names_in(local_cloud) == {identity_of(student).classroom_user_id: "王大明"}
        assert identity_of(student).state == REGISTERED


class TestBatches:
    def test_everybody_who_takes_part_is_registered_by_one_call(self, local_cloud: LocalCloud):
        students = UserFactory.create_batch(3)
        teacher = UserFactory.create(roles=[Role.TEACHER])
        UserFactory.create(roles=[Role.PLANNER])
        UserFactory.create(is_active=False)

        assert batch_registration.register_people(BACKGROUND) == 4

        assert actions_of(local_cloud) == ["BatchRegister"]
        assert names_in(local_cloud) == {
            identity_of(user).classroom_user_id: user.display_name for user in [*students, teacher]
        }
        assert set(ClassroomIdentity.objects.values_list("state", flat=True)) == {REGISTERED}

    def test_nobody_new_asks_nothing(self, local_cloud: LocalCloud, student: User):
        batch_registration.register_people(BACKGROUND)

        assert batch_registration.register_people(BACKGROUND) == 0

        assert actions_of(local_cloud) == ["BatchRegister"]

    def test_more_than_fit_go_in_several_calls(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(batch_registration, "REGISTER_AT_MOST", 2)
        UserFactory.create_batch(5)

        assert batch_registration.register_people(BACKGROUND) == 5

        assert actions_of(local_cloud) == ["BatchRegister"] * 3
        assert len(local_cloud.users()) == 5

    def test_limit_is_the_cloud_s(self):
        assert cloud_users.REGISTER_AT_MOST == 1000

    def test_lost_answer_makes_nobody_twice(self, local_cloud: LocalCloud):
        UserFactory.create_batch(3)
        local_cloud.switch("BatchRegister", "drop_after", times=3)
        assert batch_registration.register_people(BACKGROUND) == 0

        batch_registration.register_people(BACKGROUND)

        assert len(local_cloud.users()) == 3
        assert set(ClassroomIdentity.objects.values_list("state", flat=True)) == {REGISTERED}

    def test_without_a_cloud_nothing_happens(
        self, local_cloud: LocalCloud, student: User, settings: Any
    ):
        settings.LCIC_SDK_APP_ID = 0

        assert batch_registration.register_people(BACKGROUND) == 0

        assert ClassroomIdentity.objects.count() == 0

    def test_refusal_that_is_about_no_person_leaves_all_for_the_next_run(
        self, local_cloud: LocalCloud
    ):
        UserFactory.create_batch(3)
        local_cloud.switch("BatchRegister", "fail", code="UnauthorizedOperation", times=1)
        assert batch_registration.register_people(BACKGROUND) == 0
        assert set(ClassroomIdentity.objects.values_list("state", "attempts")) == {
            (UNREGISTERED, 0)
        }

        batch_registration.register_people(BACKGROUND)

        assert len(local_cloud.users()) == 3

    def test_refusal_of_one_person_fails_that_one_only(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        spoilers = UserFactory.create_batch(4, display_name="poison")[:1]
        spoilt_origin = ClassroomIdentity.objects.create(
            user=spoilers[0], sdk_app_id=SDK_APP_ID
        ).origin_id
        refuse_origin(monkeypatch, spoilt_origin)

        batch_registration.register_people(BACKGROUND)

        assert identity_of(spoilers[0]).state == FAILED
        assert "InvalidParameterValue" in identity_of(spoilers[0]).reason
        assert len(local_cloud.users()) == 3

    def test_refusal_that_we_do_not_know_keeps_nobody_behind_it_waiting(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        person = UserFactory.create()
        odd = ClassroomIdentity.objects.create(user=person, sdk_app_id=SDK_APP_ID)
        UserFactory.create_batch(3)
        refuse_origin(monkeypatch, odd.origin_id, code="LimitExceeded.Whatever")

        batch_registration.register_people(BACKGROUND)

        odd.refresh_from_db()
        assert len(local_cloud.users()) == 3
        assert (odd.state, odd.attempts) == (UNREGISTERED, 1)
        assert odd.due_at is not None
        assert odd.due_at > timezone.now()

    def test_person_whom_a_batch_registered_before_is_recovered(
        self, local_cloud: LocalCloud, student: User
    ):
        UserFactory.create_batch(2)
        batch_registration.register_people(BACKGROUND)
        known = len(local_cloud.users())
        ClassroomIdentity.objects.update(classroom_user_id="", state=UNREGISTERED)
        local_cloud.switch("BatchRegister", "fail", code="FailedOperation.OriginIdExists", times=10)

        batch_registration.register_people(BACKGROUND)

        assert len(local_cloud.users()) == known
        assert not ClassroomIdentity.objects.filter(classroom_user_id="").exists()

    def test_failed_person_does_not_spoil_the_next_run(
        self, local_cloud: LocalCloud, student: User
    ):
        ClassroomIdentity.objects.create(user=student, sdk_app_id=SDK_APP_ID, state=FAILED)
        other = UserFactory.create()

        batch_registration.register_people(BACKGROUND)

        assert list(names_in(local_cloud).values()) == [other.display_name]


def refuse_origin(
    monkeypatch: pytest.MonkeyPatch, origin_id: str, code: str = "InvalidParameterValue"
) -> None:
    """Have the cloud refuse whatever names one OriginId, as it does for a picture it dislikes."""
    register_users, register_user = cloud_users.register_users, cloud_users.register_user

    def many(participants: Any, priority: Priority) -> dict[str, str]:
        if origin_id in {participant.origin_id for participant in participants}:
            raise CloudRejected("BatchRegister", code, "no")
        return register_users(participants, priority)

    def one(participant: Any, priority: Priority) -> str:
        if participant.origin_id == origin_id:
            raise CloudRejected("RegisterUser", code, "no")
        return register_user(participant, priority)

    monkeypatch.setattr(cloud_users, "register_users", many)
    monkeypatch.setattr(cloud_users, "register_user", one)


class TestRefusedWords:
    def test_person_becomes_known_under_a_neutral_nickname(
        self, local_cloud: LocalCloud, student: User
    ):
        local_cloud.words("小明")

        identity = registration.ensure_registered(student, DOOR)

        (nickname,) = names_in(local_cloud).values()
        assert identity.origin_id[:4] in nickname
        assert "小明" not in nickname
        assert identity_of(student).refused_nickname == "王小明"
        assert identity_of(student).sent_nickname == nickname
        assert identity_of(student).state == REGISTERED

    def test_others_of_a_batch_keep_their_names(self, local_cloud: LocalCloud):
        refused = UserFactory.create(display_name="坏词")
        others = [UserFactory.create(display_name=f"学生{n}") for n in range(5)]
        local_cloud.words("坏词")

        batch_registration.register_people(BACKGROUND)

        assert identity_of(refused).refused_nickname == "坏词"
        assert identity_of(refused).state == REGISTERED
        names = names_in(local_cloud)
        assert "坏词" not in names[identity_of(refused).classroom_user_id]
        for other in others:
            assert names[identity_of(other).classroom_user_id] == other.display_name
            assert identity_of(other).refused_nickname == ""

    def test_several_of_a_batch_may_be_refused(self, local_cloud: LocalCloud):
        UserFactory.create_batch(3, display_name="坏词")
        UserFactory.create(display_name="好学生")
        local_cloud.words("坏词")

        batch_registration.register_people(BACKGROUND)

        names = list(names_in(local_cloud).values())
        assert len(names) == 4
        assert "好学生" in names
        assert not any("坏词" in name for name in names)

    def test_changed_name_is_tried(self, local_cloud: LocalCloud, student: User):
        local_cloud.words("小明")
        registration.ensure_registered(student, DOOR)
        people.rename_person(student, display_name="王大明")

        tasks.sync_people()

        assert list(names_in(local_cloud).values()) == ["王大明"]

    def test_refused_change_of_name_falls_back_too(self, local_cloud: LocalCloud, student: User):
        registration.ensure_registered(student, DOOR)
        local_cloud.words("坏词")
        people.rename_person(student, display_name="坏词")

        tasks.sync_people()

        (nickname,) = names_in(local_cloud).values()
        assert identity_of(student).origin_id[:4] in nickname
        assert identity_of(student).refused_nickname == "坏词"
        assert identity_of(student).state == REGISTERED

    def test_refused_name_is_not_sent_again(self, local_cloud: LocalCloud, student: User):
        local_cloud.words("小明")
        identity = registration.ensure_registered(student, DOOR)
        local_cloud.delete_user(identity.classroom_user_id)

        registration.register_again(identity, DOOR)

        codes = [call["code"] for call in local_cloud.calls(action="RegisterUser")]
        assert codes == ["InvalidParameter.Content", "", ""]

    def test_name_of_nothing_is_neutral(self, local_cloud: LocalCloud):
        user = UserFactory.create(display_name="  ")

        identity = registration.ensure_registered(user, DOOR)

        assert identity.origin_id[:4] in names_in(local_cloud)[identity.classroom_user_id]


class TestFailure:
    def test_refusal_is_saved_with_its_reason_and_told(
        self, local_cloud: LocalCloud, student: User
    ):
        local_cloud.switch("RegisterUser", "fail", code="LimitExceeded")

        with pytest.raises(CloudRejected):
            registration.ensure_registered(student, DOOR)

        assert identity_of(student).state == FAILED
        assert identity_of(student).reason == "RegisterUser: LimitExceeded: A switch is set."

    def test_refusal_of_the_neutral_nickname_is_saved(self, local_cloud: LocalCloud, student: User):
        local_cloud.switch("RegisterUser", "fail", code="InvalidParameter.Content")

        with pytest.raises(CloudRejected):
            registration.ensure_registered(student, DOOR)

        assert identity_of(student).state == FAILED

    def test_person_who_failed_is_tried_again_at_the_door(
        self, local_cloud: LocalCloud, student: User
    ):
        local_cloud.switch("RegisterUser", "fail", code="LimitExceeded", times=1)
        with pytest.raises(CloudRejected):
            registration.ensure_registered(student, DOOR)

        registration.ensure_registered(student, DOOR)

        assert identity_of(student).state == REGISTERED
        assert identity_of(student).reason == ""

    def test_person_who_failed_is_tried_again_under_a_new_name(
        self, local_cloud: LocalCloud, student: User
    ):
        ClassroomIdentity.objects.create(
            user=student, sdk_app_id=SDK_APP_ID, state=FAILED, reason="no"
        )

        people.rename_person(student, display_name="王大明")
        batch_registration.register_people(BACKGROUND)

        assert list(names_in(local_cloud).values()) == ["王大明"]

    def test_no_answer_is_no_failure(self, local_cloud: LocalCloud, student: User):
        local_cloud.switch("RegisterUser", "drop_before")

        with pytest.raises(CloudUnavailable):
            registration.ensure_registered(student, DOOR)

        assert identity_of(student).state == UNREGISTERED

    def test_refused_change_is_saved_and_the_next_person_s_goes_on(
        self, local_cloud: LocalCloud, student: User, outsider: User
    ):
        for user in (student, outsider):
            registration.ensure_registered(user, DOOR)
            people.rename_person(user, display_name=f"{user.display_name}同学")
        local_cloud.switch("ModifyUserProfile", "fail", code="InvalidParameter", times=1)

        tasks.sync_people()

        assert {identity_of(student).state, identity_of(outsider).state} == {FAILED, REGISTERED}

    def test_garbled_answer_keeps_nobody_else_waiting(
        self, local_cloud: LocalCloud, student: User, outsider: User
    ):
        for user in (student, outsider):
            registration.ensure_registered(user, DOOR)
            people.rename_person(user, display_name=f"{user.display_name}同学")
        local_cloud.switch("ModifyUserProfile", "garble", code="text", times=1)

        tasks.sync_people()

        assert {identity_of(student).state, identity_of(outsider).state} == {STALE, REGISTERED}


class TestSilence:
    def test_person_about_whom_the_cloud_is_silent_keeps_nobody_out(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        silent, *others = UserFactory.create_batch(3)
        register_users = cloud_users.register_users

        def register_or_say_nothing(people: Any, priority: Priority) -> dict[str, str]:
            if identity_of(silent).origin_id in {each.origin_id for each in people}:
                raise CloudUnavailable("BatchRegister", "silent", outcome_is_known=False)
            return register_users(people, priority)

        monkeypatch.setattr(cloud_users, "register_users", register_or_say_nothing)

        for _run in range(6):
            batch_registration.register_people(BACKGROUND)

        assert {identity_of(each).state for each in others} == {REGISTERED}
        assert identity_of(silent).state == UNREGISTERED

    def test_person_who_is_never_done_comes_last_and_ever_seldomer(
        self, local_cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch
    ):
        odd, sound = UserFactory.create_batch(2)
        for user in (odd, sound):
            registration.ensure_registered(user, DOOR)
        asked: list[str] = []

        def break_down(user_id: str, **_more: Any) -> None:
            asked.append(user_id)
            raise LookupError("a fault of ours")

        monkeypatch.setattr(cloud_users, "change_profile", break_down)
        people.rename_person(odd, display_name="王大明")
        waits = []
        for _run in range(3):
            at = timezone.now()
            tasks.sync_people()
            due_at = identity_of(odd).due_at
            assert due_at is not None
            waits.append(round((due_at - at).total_seconds() / 60))
            ClassroomIdentity.objects.update(due_at=None)
        asked.clear()
        people.rename_person(sound, display_name="王老明")
        tasks.sync_people()

        assert waits == [1, 2, 4]
        assert asked == [identity_of(each).classroom_user_id for each in (sound, odd)]

    def test_new_name_is_tried_at_once(self, local_cloud: LocalCloud, student: User):
        registration.ensure_registered(student, DOOR)
        ClassroomIdentity.objects.update(
            attempts=5, due_at=timezone.now() + dt.timedelta(hours=1), state=STALE
        )

        people.rename_person(student, display_name="王大明")
        tasks.sync_people()

        assert identity_of(student).state == REGISTERED
        assert (identity_of(student).attempts, identity_of(student).due_at) == (0, None)


class TestChanges:
    def test_new_name_makes_the_identity_stale_and_is_carried_over(
        self, local_cloud: LocalCloud, student: User
    ):
        registration.ensure_registered(student, DOOR)

        people.rename_person(student, display_name="王大明")
        assert identity_of(student).state == STALE
        tasks.sync_people()

        assert list(names_in(local_cloud).values()) == ["王大明"]
        assert identity_of(student).state == REGISTERED
        assert identity_of(student).sent_nickname == "王大明"

    def test_new_pattern_reaches_everybody(self, local_cloud: LocalCloud, student: User):
        registration.ensure_registered(student, DOOR)
        SchoolSettings.objects.create(pk=1, nickname_pattern="{name}同学")

        people.note_changed_nickname_pattern()
        tasks.sync_people()

        assert list(names_in(local_cloud).values()) == ["王小明同学"]

    def test_new_picture_is_carried_over_and_taken_away(
        self, local_cloud: LocalCloud, student: User
    ):
        registration.ensure_registered(student, DOOR)
        student.avatar.save("a.jpg", ContentFile(b"picture"))
        people.note_changed_people([student])
        tasks.sync_people()
        assert local_cloud.users()[0]["Avatar"].endswith(student.avatar.url)

        student.avatar.delete()
        people.note_changed_people([student])
        tasks.sync_people()

        assert local_cloud.users()[0]["Avatar"] == ""
        assert identity_of(student).state == REGISTERED

    def test_nothing_changed_asks_nothing(self, local_cloud: LocalCloud, student: User):
        registration.ensure_registered(student, DOOR)

        tasks.sync_people()

        assert actions_of(local_cloud) == ["RegisterUser"]

    @pytest.mark.parametrize("name", ["register_user", "register_users"])
    def test_renamed_while_being_registered_is_stale(
        self,
        local_cloud: LocalCloud,
        student: User,
        monkeypatch: pytest.MonkeyPatch,
        name: str,
    ):
        same = User.objects.get(pk=student.pk)
        run_during(monkeypatch, name, lambda: people.rename_person(same, display_name="王大明"))

        if name == "register_user":
            registration.ensure_registered(student, DOOR)
        else:
            batch_registration.register_people(BACKGROUND)

        assert list(names_in(local_cloud).values()) == ["王小明"]
        assert identity_of(student).state == STALE

    def test_renamed_while_a_change_is_carried_over_is_still_stale(
        self, local_cloud: LocalCloud, student: User, monkeypatch: pytest.MonkeyPatch
    ):
        registration.ensure_registered(student, DOOR)
        people.rename_person(student, display_name="王大明")
        same = User.objects.get(pk=student.pk)
        run_during(
            monkeypatch,
            "change_profile",
            lambda: people.rename_person(same, display_name="王老明"),
        )

        tasks.sync_people()

        assert list(names_in(local_cloud).values()) == ["王大明"]
        assert identity_of(student).state == STALE


class TestSupervisors:
    def listed(self, cloud: LocalCloud) -> list[str]:
        return list(cloud.state()["supervisors"])

    def enlist(self, user: User) -> ClassroomIdentity:
        return profile_sync.ensure_supervisor(registration.ensure_registered(user, DOOR), DOOR)

    def test_supervisor_is_listed_once(self, local_cloud: LocalCloud, supervisor: User):
        identity = self.enlist(supervisor)
        profile_sync.ensure_supervisor(identity_of(supervisor), DOOR)

        assert self.listed(local_cloud) == [identity.classroom_user_id]
        assert actions_of(local_cloud) == ["RegisterUser", "CreateSupervisor"]

    def test_forgotten_supervisor_is_registered_and_listed(
        self, local_cloud: LocalCloud, supervisor: User
    ):
        identity = registration.ensure_registered(supervisor, DOOR)
        local_cloud.delete_user(identity.classroom_user_id)

        after = profile_sync.ensure_supervisor(identity, DOOR)

        assert self.listed(local_cloud) == [after.classroom_user_id]
        assert identity_of(supervisor).is_supervisor_in_cloud is True

    def test_supervisor_registered_again_is_listed_again(
        self, local_cloud: LocalCloud, supervisor: User
    ):
        identity = self.enlist(supervisor)
        local_cloud.delete_user(identity.classroom_user_id)

        after = profile_sync.ensure_supervisor(registration.register_again(identity, DOOR), DOOR)

        assert self.listed(local_cloud) == [after.classroom_user_id]

    def test_supervisor_whose_role_goes_is_taken_off(
        self, local_cloud: LocalCloud, supervisor: User
    ):
        self.enlist(supervisor)

        people.set_roles(supervisor, [Role.TEACHER], by=None)
        tasks.sync_people()

        assert self.listed(local_cloud) == []
        assert identity_of(supervisor).is_supervisor_in_cloud is False

    def test_supervisor_who_is_deactivated_is_taken_off(
        self, local_cloud: LocalCloud, supervisor: User
    ):
        self.enlist(supervisor)

        supervisor.is_active = False
        supervisor.save()
        tasks.sync_people()

        assert self.listed(local_cloud) == []

    def test_supervisor_who_stays_one_stays_listed(self, local_cloud: LocalCloud, supervisor: User):
        identity = self.enlist(supervisor)

        people.set_roles(supervisor, [Role.SUPERVISOR, Role.TEACHER], by=None)
        tasks.sync_people()

        assert self.listed(local_cloud) == [identity.classroom_user_id]

    def test_former_supervisor_whom_the_cloud_forgot_is_done_with(
        self, local_cloud: LocalCloud, supervisor: User
    ):
        local_cloud.delete_user(self.enlist(supervisor).classroom_user_id)

        people.set_roles(supervisor, [], by=None)
        tasks.sync_people()

        assert identity_of(supervisor).is_supervisor_in_cloud is False

    def test_refused_withdrawal_is_tried_again_and_holds_nobody_else_up(
        self, local_cloud: LocalCloud
    ):
        former = UserFactory.create_batch(2, roles=[Role.SUPERVISOR])
        for user in former:
            self.enlist(user)
            people.set_roles(user, [], by=None)
        local_cloud.switch("DeleteSupervisor", "fail", code="FailedOperation", times=1)

        tasks.sync_people()
        assert len(self.listed(local_cloud)) == 1

        tasks.sync_people()
        assert self.listed(local_cloud) == []


class TestTasks:
    def test_import_registers_by_a_worker(self, local_cloud: LocalCloud, student: User):
        tasks.register_people()

        assert identity_of(student).state == REGISTERED

    def test_cloud_that_is_away_leaves_the_work_for_the_sweep(
        self, local_cloud: LocalCloud, student: User
    ):
        registration.ensure_registered(student, DOOR)
        people.rename_person(student, display_name="王大明")
        local_cloud.switch("ModifyUserProfile", "http500")
        with pytest.raises(CloudUnavailable):
            profile_sync.sync_profile(identity_of(student), BACKGROUND)
        assert identity_of(student).state == STALE

        local_cloud.clear()
        tasks.sync_people()

        assert identity_of(student).state == REGISTERED


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_many_who_register_one_person_make_one_user(
        self, local_cloud: LocalCloud, student: User
    ):
        found = all_at_once(
            lambda pk: registration.ensure_registered(User.objects.get(pk=pk), DOOR),
            [student.pk] * 8,
        )

        assert len(local_cloud.users()) == 1
        assert {identity.classroom_user_id for identity in found} == set(names_in(local_cloud))
        assert ClassroomIdentity.objects.count() == 1

    def test_many_who_notice_a_forgotten_person_make_one_user(
        self, local_cloud: LocalCloud, student: User
    ):
        identity = registration.ensure_registered(student, DOOR)
        local_cloud.delete_user(identity.classroom_user_id)

        found = all_at_once(
            lambda pk: registration.register_again(ClassroomIdentity.objects.get(pk=pk), DOOR),
            [identity.pk] * 6,
        )

        assert len(local_cloud.users()) == 1
        assert {each.classroom_user_id for each in found} == set(names_in(local_cloud))

    def test_batch_and_door_at_once_make_one_user(self, local_cloud: LocalCloud, student: User):
        def work(at_door: bool) -> None:
            if at_door:
                registration.ensure_registered(User.objects.get(pk=student.pk), DOOR)
            else:
                batch_registration.register_people(BACKGROUND)

        all_at_once(work, [True, False])

        assert list(names_in(local_cloud)) == [identity_of(student).classroom_user_id]
