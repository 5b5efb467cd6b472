"""Links by which families follow their children without an account, and the addresses to which their changes are mailed."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from edu_platform.lib.due import DueQuerySet, DueWork
from schedule.models.class_groups import ClassGroup

FAMILY_LABEL_CHARS = 64


class FamilySlips(models.Model):
    """One print of family links for the students of a class group: a sheet a student.

    The tokens are sealed (`edu_platform.lib.secret_text`) for as long as the sheets can be printed, and emptied then.
    """

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    class_group = models.ForeignKey(ClassGroup, models.CASCADE, related_name="family_slips")
    printed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    sealed_tokens = models.TextField(blank=True, default="")

    class Meta:
        verbose_name = _("print of family links")
        verbose_name_plural = _("prints of family links")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.class_group_id} {self.made_at:%Y-%m-%d %H:%M:%S}"


class FamilyLinkQuerySet(models.QuerySet["FamilyLink"]):
    def open(self) -> FamilyLinkQuerySet:
        """Return those that nobody has ended."""
        return self.filter(ended_at=None)

    def never_used(self) -> FamilyLinkQuerySet:
        return self.filter(first_used_at=None)


class FamilyLink(models.Model):
    """An address at which a family follows its children. Only a digest of its secret part is stored."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    # Whose it is, as the school calls them: "mother".
    label = models.CharField(_("whose"), max_length=FAMILY_LABEL_CHARS)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    # The print that it came with; None: it was made alone.
    slips = models.ForeignKey(
        FamilySlips, models.SET_NULL, related_name="links", null=True, blank=True
    )
    first_used_at = models.DateTimeField(_("first used"), null=True, blank=True)
    # The school's day on which it was last used; not written at each request.
    used_on = models.DateField(_("last used"), null=True, blank=True)
    # In how many browsers its button was pressed, and how often within the hour that began then.
    browser_count = models.PositiveIntegerField(default=0)
    opened_since = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )

    objects = FamilyLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("family link")
        verbose_name_plural = _("family links")
        default_permissions = ()
        ordering = ("made_at", "pk")

    def __str__(self) -> str:
        return self.code

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class FamilyChild(models.Model):
    """A child whom a family link shows."""

    link = models.ForeignKey(FamilyLink, models.CASCADE, related_name="children")
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="family_children"
    )

    class Meta:
        verbose_name = _("child of a family link")
        verbose_name_plural = _("children of family links")
        default_permissions = ()
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["link", "person"], name="schedule_familychild_once")
        ]

    def __str__(self) -> str:
        return f"{self.link_id} {self.person_id}"


class FamilyAddressQuerySet(DueQuerySet["FamilyAddress"]):
    def unmailed(self) -> FamilyAddressQuerySet:
        """Return those whose mail the server did not take yet."""
        return self.filter(due_at__isnull=False, unreachable_since__isnull=False)


class FamilyAddress(DueWork):
    """The address to which a family has the changes of its children mailed; due when a mail is to go.

    Not confirmed yet: the mail that asks for it is due. It goes with its link.
    """

    link = models.OneToOneField(FamilyLink, models.CASCADE, related_name="address")
    email = models.EmailField(_("address"))
    # The link in the mail that asks has the token; it is empty once the address is confirmed.
    token_digest = models.CharField(max_length=64, blank=True, default="", editable=False)
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # One mail a day; else soon after each change.
    is_daily = models.BooleanField(default=True)
    language = models.CharField(max_length=16)
    # Changes up to then were mailed, or came before the address.
    told_until = models.DateTimeField(default=timezone.now)
    # How many mails asked for a confirmation since then: a family cannot flood somebody's mailbox.
    asks_since = models.DateTimeField(null=True, blank=True)
    asks = models.PositiveSmallIntegerField(default=0)

    objects = FamilyAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("address of a family")
        verbose_name_plural = _("addresses of families")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="schedule_familyaddress_due",
            )
        ]

    def __str__(self) -> str:
        return str(self.link_id)

    @property
    def is_confirmed(self) -> bool:
        return self.confirmed_at is not None
