"""People, their roles, how the classroom cloud knows them, and the school's settings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.enums import STAFF_ROLES, IdentityState, Role
from accounts.names import sign_in_name
from accounts.school_settings import SchoolSettings as SchoolSettings  # noqa: PLC0414 -- all import it from here
from edu_platform.lib.due import DueQuerySet, DueWork

CODE_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def make_code() -> str:
    """A public id: 60 random bits, without letters that look alike."""
    return get_random_string(12, CODE_ALPHABET)


def make_origin_id() -> str:
    """What the cloud sees instead of our own ids: it tells nothing about the person."""
    return get_random_string(24, CODE_ALPHABET)


def _holds(*roles: Role) -> models.Q:
    return models.Q(pk__in=RoleGrant.objects.filter(role__in=roles).values("user"))


class UserQuerySet(models.QuerySet["User"]):
    def with_role(self, *roles: Role) -> UserQuerySet:
        return self.filter(_holds(*roles))

    def staff(self) -> UserQuerySet:
        """Those whom `User.is_staff` says it of."""
        return self.filter(models.Q(is_superuser=True) | _holds(*STAFF_ROLES))

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)


def name_taken_words(namesake: User) -> str:
    return gettext("%(person)s has this username already, but for upper and lower case.") % {
        "person": namesake
    }


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def with_role(self, *roles: Role) -> UserQuerySet:
        return self.get_queryset().with_role(*roles)

    def staff(self) -> UserQuerySet:
        return self.get_queryset().staff()

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def namesake_of(self, username: str, *, but: User | None = None) -> User | None:
        """Somebody whose username sign-in takes for this one, though it is not written the same."""
        same = self.get_queryset().filter(sign_in_name=sign_in_name(username))
        others = same.exclude(username=username)
        if but is not None and but.pk is not None:
            others = others.exclude(pk=but.pk)
        return others.order_by("pk").first()

    def create_user(self, username: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; without a password nobody can sign in with this name.

        Raises:
            ValidationError: the name is somebody's, but for upper and lower case.
        """
        user = self.model(username=self.model.normalize_username(username), **fields)
        if namesake := self.namesake_of(user.username):
            raise ValidationError(name_taken_words(namesake))
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> User:
        fields.setdefault("display_name", username)
        return self.create_user(username, password, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person of the school. Never deleted: what they taught and attended stays theirs."""

    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Somebody has this username already.")},
    )
    # How sign-in understands the username, see `accounts.names`; `save` keeps it up.
    sign_in_name = models.CharField(max_length=300, blank=True, db_index=True, editable=False)
    # Came in before two people could no longer have one such name.
    shares_sign_in_name = models.BooleanField(default=False, editable=False)
    display_name = models.CharField(pgettext_lazy("person", "name"), max_length=64)
    email = models.EmailField(_("email"), blank=True)  # never sent to the cloud
    avatar = models.ImageField(_("picture"), upload_to="avatars/", blank=True)
    is_active = models.BooleanField(
        _("active"),
        default=True,
        help_text=_("Switch off instead of deleting: the person can no longer sign in."),
    )
    # The language in which notices come by mail too; empty: they do not.
    notice_mail_language = models.CharField(
        _("notices by mail in"), max_length=8, blank=True, editable=False
    )
    # Set with a start password: the first sign-in leads to a new one.
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [
            models.UniqueConstraint(
                fields=["sign_in_name"],
                condition=models.Q(shares_sign_in_name=False) & ~models.Q(sign_in_name=""),
                name="accounts_user_sign_in_name_once",
                violation_error_message=_("Somebody has this username already."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.display_name} ({self.username})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sign_in_name = sign_in_name(self.username)
        columns = kwargs.get("update_fields")
        if columns is not None and "username" in columns:
            kwargs["update_fields"] = {*columns, "sign_in_name"}
        super().save(*args, **kwargs)

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @cached_property
    def roles(self) -> frozenset[Role]:
        """The person's roles, read once per object; `accounts.services.people` writes them."""
        return frozenset(Role(grant.role) for grant in self.role_grants.all())

    def has_role(self, *roles: Role) -> bool:
        return bool(self.roles & frozenset(roles))

    @property
    def is_staff(self) -> bool:
        """Django's word for who may open the administration."""
        return self.is_superuser or self.has_role(*STAFF_ROLES)


class RoleGrant(models.Model):
    """One role of one person."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="role_grants", verbose_name=_("person")
    )
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="accounts_rolegrant_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_rolegrant_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


class ClassroomIdentityQuerySet(DueQuerySet["ClassroomIdentity"]):
    def of_app(self, sdk_app_id: int) -> ClassroomIdentityQuerySet:
        return self.filter(sdk_app_id=sdk_app_id)


class ClassroomIdentity(DueWork):
    """A person as the classroom cloud knows them in one application.

    Its state says whether the cloud is to be told something, `due_at` when that is tried next.
    """

    user = models.ForeignKey(
        User, models.PROTECT, related_name="classroom_identities", verbose_name=_("person")
    )
    sdk_app_id = models.BigIntegerField(_("application"))
    origin_id = models.CharField(_("origin id"), max_length=64, default=make_origin_id)
    # The cloud's UserId; empty until registered.
    classroom_user_id = models.CharField(_("classroom user id"), max_length=128, blank=True)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=IdentityState.choices,
        default=IdentityState.UNREGISTERED,
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # What the cloud holds, to see when it differs from what it should hold.
    sent_nickname = models.CharField(_("nickname in the cloud"), max_length=128, blank=True)
    sent_avatar = models.CharField(_("picture in the cloud"), max_length=500, blank=True)
    # The nickname that the cloud refused; while it is unchanged the neutral one is used.
    refused_nickname = models.CharField(_("refused nickname"), max_length=128, blank=True)
    is_supervisor_in_cloud = models.BooleanField(_("supervisor in the cloud"), default=False)
    registered_at = models.DateTimeField(_("registered"), null=True, blank=True)

    objects = ClassroomIdentityQuerySet.as_manager()

    class Meta:
        verbose_name = _("classroom identity")
        verbose_name_plural = _("classroom identities")
        constraints = [
            models.UniqueConstraint(
                fields=["sdk_app_id", "user"], name="accounts_classroomidentity_one_per_person"
            ),
            models.UniqueConstraint(
                fields=["sdk_app_id", "origin_id"], name="accounts_classroomidentity_origin_once"
            ),
            models.UniqueConstraint(
                fields=["sdk_app_id", "classroom_user_id"],
                condition=~models.Q(classroom_user_id=""),
                name="accounts_classroomidentity_user_id_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=IdentityState.values),
                name="accounts_classroomidentity_known_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.sdk_app_id}: {self.classroom_user_id or self.state}"

    @property
    def is_known_to_cloud(self) -> bool:
        return bool(self.classroom_user_id)


class NoticeQuerySet(DueQuerySet["Notice"]):
    def unread(self) -> NoticeQuerySet:
        return self.filter(read_at=None)


class Notice(DueWork):
    """Word to one person, once a cause: what happened, and the address of the page that it is about.

    What it says is a kind with arguments, put into words (`accounts.notice_kinds`) when it is read. It
    is due while it is to go by mail.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    user = models.ForeignKey(User, models.PROTECT, related_name="notices", verbose_name=_("person"))
    kind = models.CharField(_("kind"), max_length=64)
    arguments = models.JSONField(_("arguments"), default=dict)
    address = models.CharField(_("address"), max_length=200)
    cause = models.CharField(_("cause"), max_length=128)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints = [
            models.UniqueConstraint(fields=["user", "cause"], name="accounts_notice_once_a_cause")
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="accounts_notice_by_person"),
            models.Index(
                fields=["user"],
                condition=models.Q(read_at=None),
                name="accounts_notice_unread",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="accounts_notice_mail_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.cause}"

    @property
    def is_read(self) -> bool:
        return self.read_at is not None


def nickname_of(user: User, school: SchoolSettings) -> str:
    return school.nickname_pattern.replace("{name}", user.display_name).strip()[:64]


def display_names(users: Iterable[User]) -> str:
    return "、".join(user.display_name for user in users)
