from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts.models import User
from accounts.names import sign_in_name
from accounts.permissions import may_open_app, may_use_model

# As Django's names of permissions begin: "view_user", and others that all edit.
READING = "view"


class RoleBackend(AuthenticationBackend):
    """Sign-in by username, and model rights by role instead of by groups.

    `accounts.permissions` lists for each model who edits and who reads it. What hands out power (other
    people's roles and flags) is left to superusers.
    """

    def _authenticate_by_username(self, username: str, password: str) -> AbstractBaseUser | None:
        """The name as it stands; else in another casing or width, when that means one person."""
        exact = User.objects.filter(username=username).first()
        if exact is not None:
            return self._check_password(exact, password)
        same = list(User.objects.filter(sign_in_name=sign_in_name(username))[:2])
        return self._check_password(same[0] if len(same) == 1 else None, password)

    def get_user(self, user_id: int) -> User | None:
        """The person of a session, with their roles: every page asks for both."""
        user = User.objects.get_with_roles(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def has_perm(
        self,
        user_obj: User | AnonymousUser,
        perm: str,
        obj: Model | None = None,
    ) -> bool:
        if super().has_perm(user_obj, perm, obj):
            return True
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        app_label, _, codename = perm.partition(".")
        action, _, model = codename.partition("_")
        label = f"{app_label}.{model}"
        return may_use_model(user_obj.roles, label, reads_only=action == READING)

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        if super().has_module_perms(user_obj, app_label):
            return True
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return may_open_app(user_obj.roles, app_label)
