"""Requests to erase a person, and what is left of them to decide about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import ErasureState, ErasureStep
from accounts.models.people import User
from edu_platform.lib.due import DueQuerySet, DueWork

REASON_CHARS = 500


class ErasureQuerySet(DueQuerySet["Erasure"]):
    def open(self) -> ErasureQuerySet:
        return self.filter(state__in=[ErasureState.ASKED, ErasureState.UNDER_WAY])

    def under_way(self) -> ErasureQuerySet:
        return self.filter(state=ErasureState.UNDER_WAY)


class Erasure(DueWork):
    """The erasing of one person: asked for by one administrator and confirmed by another, then done by a worker.

    It is due while it is under way. A request that was withdrawn may be asked for once more: it is the same row.
    """

    person = models.OneToOneField(
        User, models.PROTECT, related_name="erasure", verbose_name=_("person")
    )
    state = models.CharField(
        _("state"), max_length=16, choices=ErasureState.choices, default=ErasureState.ASKED
    )
    step = models.CharField(max_length=8, choices=ErasureStep.choices, default=ErasureStep.CLOUD)
    # Empty: the command on the server.
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    # Why, in the words of who asks; emptied when the person is erased.
    reason = models.CharField(_("reason"), max_length=REASON_CHARS, blank=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, related_name="+", null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    # Whether names that nobody else bears are struck out of free text too.
    strikes_text = models.BooleanField(default=True)
    # By which the person is known, while the work goes on; emptied when the person is erased.
    strings = models.JSONField(default=dict, blank=True)
    # Lengths and digests of names that stand in free text still, by which they are found there once more.
    prints = models.JSONField(default=list, blank=True)
    # The digest of the username, by which the command knows that somebody was erased before.
    username_print = models.CharField(max_length=32, blank=True, db_index=True)
    # How many rows of each table went or changed, by its label.
    counts = models.JSONField(default=dict, blank=True)
    # Applications of the cloud that could not be asked to delete the person.
    applications_left = models.JSONField(default=list, blank=True)

    objects = ErasureQuerySet.as_manager()

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ErasureState.values), name="accounts_erasure_known_state"
            ),
            models.CheckConstraint(
                condition=Q(step__in=ErasureStep.values), name="accounts_erasure_known_step"
            ),
            # What is sworn by two people is not confirmed by the one who asked.
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("asked_by")),
                name="accounts_erasure_by_two",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="erasure_due")
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.state}"

    def get_absolute_url(self) -> str:
        return reverse("people:erasure", args=[self.key])

    @property
    def key(self) -> str:
        """Name the erasure by a random public id, which is the person's in older backups too."""
        return self.person.code or ""

    @property
    def is_asked(self) -> bool:
        return self.state == ErasureState.ASKED

    @property
    def is_under_way(self) -> bool:
        return self.state == ErasureState.UNDER_WAY

    @property
    def is_erased(self) -> bool:
        return self.state == ErasureState.ERASED


class ErasurePlace(models.Model):
    """A cell of a table in which a name of the person stands that may be another's: somebody decides."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="places")
    # The model is named as `app.model`, and the row by its key.
    model = models.CharField(max_length=64)
    row = models.CharField(max_length=64)
    column = models.CharField(max_length=64)
    # The name is another person's there, or may stay.
    is_left = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["erasure", "model", "row", "column"], name="accounts_erasureplace_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.row}: {self.column}"


class ErasedCloudId(models.Model):
    """The digest of an id by which the cloud knew somebody who is erased: what it tells of them later is dropped."""

    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.digest
