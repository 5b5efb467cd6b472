"""Plant what stands of a person as one who signs in, and whom the cloud knows."""

from __future__ import annotations

import io
import json

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from PIL import Image

from accounts.enums import AuditKind, IdentityState, Role, SignInMethod
from accounts.models import ClassroomIdentity, ExternalAccount, Notice, Session, User
from accounts.services import audit, people
from accounts.services.avatars import as_avatar, store
from classroom.client import users as cloud_users
from classroom.client.rate_limits import Priority
from tests.support.cloud import SDK_APP_ID
from tests.support.planting.person import PASSWORD, Planted, another
from tests.support.second_factor import give_second_factor

ISSUER = "https://id.school.example"


def plant_account(planted: Planted) -> None:
    _sign_in_names(planted)
    _picture(planted)
    _sign_ins(planted)
    _second_factor(planted)
    _in_cloud(planted)
    _logs(planted)
    _notices(planted)


def _sign_in_names(planted: Planted) -> None:
    person, mark = planted.person, planted.mark
    planted.text("former name", person.display_name)
    people.rename_person(person, display_name=planted.name)
    planted.text("username", person.username)
    planted.text("mail", person.email)
    planted.text("password", person.password)
    ExternalAccount.objects.create(
        user=person,
        method=SignInMethod.OIDC,
        issuer=ISSUER,
        subject=planted.text("account elsewhere", f"sub-{mark}-0815"),
        username=planted.text("username elsewhere", f"{mark}.elsewhere"),
        display_name=planted.text("name elsewhere", f"{mark.title()} Ouyang"),
    )


def _picture(planted: Planted) -> None:
    picture = io.BytesIO()
    Image.effect_noise((64, 64), 40 + planted.number).save(picture, "PNG")
    planted.person.avatar.name = store(as_avatar(picture))
    planted.person.save()
    planted.text("file of the picture", planted.person.avatar.name)
    with planted.person.avatar.open() as file:
        content = file.read()
    planted.pieces["picture"] = content[len(content) // 2 :][:64]


def _sign_ins(planted: Planted) -> None:
    """Let the person sign in from one address, and somebody try it from another."""
    person, mark = planted.person, planted.mark
    own = planted.text("address of a sign-in", f"203.0.113.{planted.number}")
    browser = planted.text("browser", f"Firefox of {mark}")
    client = Client(REMOTE_ADDR=own, HTTP_USER_AGENT=browser)
    form = {"login": person.username, "password": PASSWORD}
    assert client.post("/accounts/login/", form).status_code == 302
    session = Session.objects.get(user=person)
    session.external_id = planted.text("sign-in elsewhere", f"sid-{mark}-4711")
    session.save()
    planted.text("session", session.session_key)
    foreign = planted.text("address of a wrong password", f"198.51.100.{planted.number}")
    other = planted.text("browser of a wrong password", f"Opera beside {mark}")
    stranger = Client(REMOTE_ADDR=foreign, HTTP_USER_AGENT=other)
    assert stranger.post("/accounts/login/", form | {"password": "wrong"}).status_code == 200
    planted.person.refresh_from_db()


def _second_factor(planted: Planted) -> None:
    give_second_factor(planted.person)
    for row in Authenticator.objects.filter(user=planted.person):
        secret = row.data["secret" if row.type == "totp" else "seed"]
        planted.text(f"second factor, {row.type}", secret)


def _in_cloud(planted: Planted) -> None:
    identity = ClassroomIdentity(user=planted.person, sdk_app_id=SDK_APP_ID)
    nickname = planted.text("nickname in the cloud", f"{planted.mark} nick")
    identity.origin_id = planted.text("our id in the cloud", f"origin-{planted.mark}-1")
    participant = cloud_users.Participant(
        identity.origin_id, nickname, f"https://school.example/media/{planted.person.avatar.name}"
    )
    identity.classroom_user_id = planted.text(
        "id in the cloud", cloud_users.register_user(participant, Priority.BACKGROUND)
    )
    identity.earlier_user_ids = [planted.text("earlier id in the cloud", f"before-{planted.mark}")]
    identity.sent_nickname, identity.sent_avatar = nickname, participant.avatar_url
    identity.refused_nickname = planted.text("refused nickname", f"{planted.mark} refused")
    identity.state = IdentityState.REGISTERED
    identity.save()


def _logs(planted: Planted) -> None:
    person, administrator = planted.person, another(Role.ADMINISTRATOR, "administrator")
    shown = planted.text("title in logs", str(person))
    LogEntry.objects.create(
        user=administrator,
        content_type=ContentType.objects.get_for_model(User),
        object_id=str(person.pk),
        object_repr=shown,
        action_flag=CHANGE,
        change_message=json.dumps([{"changed": {"name": planted.named("administration")}}]),
    )
    audit.record(
        AuditKind.PERSON_CHANGED,
        by=administrator,
        person=person,
        object_text=shown,
        details={"fields": ["email"], "before": planted.named("audit")},
    )
    cache.clear()  # wrong passwords of tests are counted in it


def _notices(planted: Planted) -> None:
    teacher = another(Role.TEACHER, "teacher")
    for user, words in (
        (planted.person, planted.named("own notice")),
        (teacher, planted.named("notice to another")),
    ):
        Notice.objects.create(
            user=user,
            kind="schedule.work_ended",
            arguments={"who": [words]},
            address="/",
            cause=f"{planted.mark} {user.pk}",
            created_at=timezone.now(),
        )
