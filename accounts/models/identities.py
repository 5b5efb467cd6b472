"""Registrations of people in the classroom cloud."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.enums import IdentityState
from accounts.models.people import User
from accounts.random_codes import make_origin_id
from edu_platform.lib.due import DueQuerySet, DueWork


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
    # Those that the cloud forgot, the latest last: classes of before know the person by them.
    earlier_user_ids = models.JSONField(default=list, blank=True, db_default=[], editable=False)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=IdentityState.choices,
        default=IdentityState.UNREGISTERED,
    )
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    # The first refusal since the cloud last took the person.
    refused_since = models.DateTimeField(_("refused since"), null=True, blank=True)
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
        return f"{self.user_id}/{self.sdk_app_id}: {self.classroom_user_id or '-'}"

    @property
    def is_known_to_cloud(self) -> bool:
        return bool(self.classroom_user_id)
