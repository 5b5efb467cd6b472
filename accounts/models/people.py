"""People and their roles."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.enums import ORDINARY_ROLES, STAFF_ROLES, GrantSource, PasswordState, Role
from accounts.models.school_settings import SchoolSettings
from accounts.names import DISPLAY_NAME_CHARS, USERNAME_CHARS, name_taken_words, sign_in_name
from accounts.random_codes import make_code
from edu_platform.lib.formatting import listed
from edu_platform.lib.natural_keys import (
    NaturalKeyField,
    NaturallyOrdered,
    NaturalOrderQuerySet,
    PinyinField,
    in_order,
)
from edu_platform.lib.natural_order import person_key
from edu_platform.lib.pinyin import person_pinyin
from edu_platform.lib.statements import NO_KEY, Statement


def _holds(*roles: Role) -> models.Q:
    return models.Q(pk__in=RoleGrant.objects.filter(role__in=roles).values("user"))


# What `User.password_state` says of one person.
HAS_NO_PASSWORD = models.Q(password="") | models.Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)


class UserQuerySet(NaturalOrderQuerySet["User"]):
    def with_role(self, *roles: Role) -> UserQuerySet:
        return self.filter(_holds(*roles))

    def staff(self) -> UserQuerySet:
        """People for whom `User.is_staff` is true."""
        return self.filter(models.Q(is_superuser=True) | _holds(*STAFF_ROLES))

    def administrators(self) -> UserQuerySet:
        """People with the rights on every model, whether by role or by the superuser's flag."""
        return self.filter(models.Q(is_superuser=True) | _holds(Role.ADMINISTRATOR))

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def without_password(self) -> UserQuerySet:
        return self.filter(HAS_NO_PASSWORD)

    def without_way_to_sign_in(self) -> UserQuerySet:
        """People with neither a password nor an account of another system that opens theirs."""
        return self.without_password().filter(external_accounts=None)

    def in_need_of_start_password(self) -> UserQuerySet:
        """People who cannot sign in, or never did: a start password that they had is lost, or was not used yet."""
        needs_one = models.Q(last_login=None) | HAS_NO_PASSWORD
        return self.filter(needs_one, external_accounts=None)


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def with_role(self, *roles: Role) -> UserQuerySet:
        return self.get_queryset().with_role(*roles)

    def staff(self) -> UserQuerySet:
        return self.get_queryset().staff()

    def administrators(self) -> UserQuerySet:
        return self.get_queryset().administrators()

    def active(self) -> UserQuerySet:
        return self.get_queryset().active()

    def get_with_roles(self, pk: int) -> User | None:
        """A person with their roles, in one query: there is a row for each role.

        It also tells whether the school asks its staff for a second factor: every page of theirs asks that.
        """
        rows = _WITH_ROLES.rows(pk=pk)
        if not rows:
            return None
        roles = [row.granted_role for row in rows]
        rows[0].set_known_roles(Role(role) for role in roles if role is not None)
        rows[0].school_asks_second_factor = bool(rows[0].asks_second_factor)
        return rows[0]

    def namesake_of(self, username: str, *, but: User | None = None) -> User | None:
        """A person whose username is the same to sign-in, though written differently."""
        but_pk = NO_KEY if but is None or but.pk is None else but.pk
        return _NAMESAKE.first(name=sign_in_name(username), username=username, but_pk=but_pk)

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


class User(NaturallyOrdered, AbstractBaseUser, PermissionsMixin):
    """A person of the school. Never deleted: what they taught and attended stays theirs, also without a name."""

    # None: a release before wrote the row, and at night it gets one.
    code = models.CharField(  # noqa: DJ001 -- as many rows as one likes may have none
        max_length=16, unique=True, null=True, default=make_code, editable=False
    )
    username = models.CharField(
        _("username"),
        max_length=USERNAME_CHARS,
        unique=True,
        validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("Somebody has this username already.")},
    )
    # How sign-in understands the username, see `accounts.names`; `save` keeps it up.
    sign_in_name = models.CharField(max_length=300, blank=True, db_index=True, editable=False)
    # Came in before two people could no longer have one such name.
    shares_sign_in_name = models.BooleanField(default=False, editable=False)
    display_name = models.CharField(pgettext_lazy("person", "name"), max_length=DISPLAY_NAME_CHARS)
    # The order of people in lists.
    name_key = NaturalKeyField(of="display_name", make=person_key)
    name_pinyin = PinyinField(of="display_name", make=person_pinyin)
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
    # How the list of replays is laid out for them, cards or table; empty: as for people of their roles.
    replays_view = models.CharField(max_length=8, blank=True, db_default="", editable=False)
    # How the list of courseware is laid out for them, cards or table; empty: as usual.
    courseware_view = models.CharField(max_length=8, blank=True, db_default="", editable=False)
    # Set with a start password: the first sign-in leads to a new one.
    must_change_password = models.BooleanField(_("must change the password"), default=False)
    created_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)
    # Since two people have decided that the person is erased, nobody signs in as them any more.
    erasing_since = models.DateTimeField(null=True, blank=True, editable=False)

    # Known of the person of a request (`get_with_roles`).
    school_asks_second_factor = False

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
            ),
            models.CheckConstraint(
                condition=models.Q(erasing_since=None) | models.Q(is_active=False),
                name="accounts_user_erased_is_deactivated",
                violation_error_message=_("Who is erased stays deactivated."),
            ),
        ]
        indexes = [models.Index(fields=["name_key"], name="accounts_user_in_order")]

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

    def set_known_roles(self, roles: Iterable[Role]) -> None:
        """Keep roles that were read or written elsewhere, so that nobody asks for them again."""
        self.__dict__["roles"] = frozenset(roles)

    def forget_roles(self) -> None:
        """Read the roles again where they are asked for next."""
        self.__dict__.pop("roles", None)

    @property
    def password_state(self) -> PasswordState:
        if not self.password or not self.has_usable_password():
            return PasswordState.NONE
        return PasswordState.START if self.must_change_password else PasswordState.OWN

    def has_role(self, *roles: Role) -> bool:
        return bool(self.roles & frozenset(roles))

    @property
    def is_ordinary(self) -> bool:
        """A student or teacher and nothing more; who has more power is a superuser's to change."""
        return not self.is_superuser and self.roles <= ORDINARY_ROLES

    @property
    def is_administrator(self) -> bool:
        return self.is_superuser or self.has_role(Role.ADMINISTRATOR)

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
    # A role given by hand is never taken by what the school's sign-in says.
    source = models.CharField(
        _("source"), max_length=16, choices=GrantSource.choices, default=GrantSource.HAND
    )
    # When the school's sign-in no longer gave a role that work here still needs: staff decide.
    withdrawn_at = models.DateTimeField(_("no longer given since"), null=True, blank=True)

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="accounts_rolegrant_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_rolegrant_known_role"
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=GrantSource.values),
                name="accounts_rolegrant_known_source",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.role}"


def display_names(users: Iterable[User]) -> str:
    return listed(user.display_name for user in in_order(users))


_NAMESAKE = Statement(
    lambda name, username, but_pk: (
        User.objects.get_queryset()
        .filter(sign_in_name=name)
        .exclude(username=username)
        .exclude(pk=but_pk)
        .order_by("pk")[:1]
    )
)
_WITH_ROLES = Statement(
    lambda pk: User.objects.filter(pk=pk).annotate(
        granted_role=models.F("role_grants__role"),
        asks_second_factor=models.Subquery(
            SchoolSettings.objects.filter(pk=1).values("second_factor_is_compulsory")
        ),
    )
)
