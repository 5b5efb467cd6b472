"""Consent to being recorded: the text of the school with its versions, and who agreed to which of them."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.random_codes import make_code
from schedule.enums import ConsentGiver

GUARDIAN_CHARS = 64
RELATION_CHARS = 32
CONSENT_TEXT_CHARS = 20_000
# SHA-256 in hexadecimal digits.
DIGEST_CHARS = 64


class ConsentText(models.Model):
    """A version of the text that people agree to. None is ever changed: a new one takes its place."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    chinese_text = models.TextField(_("text in Chinese"), max_length=CONSENT_TEXT_CHARS)
    # Empty: everybody reads the Chinese one.
    english_text = models.TextField(
        _("text in English"), max_length=CONSENT_TEXT_CHARS, blank=True, default=""
    )
    # Consents to earlier versions no longer hold.
    asks_again = models.BooleanField(default=False)
    published_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )

    class Meta:
        verbose_name = _("text of the consent to recordings")
        verbose_name_plural = _("texts of the consent to recordings")
        default_permissions = ()
        ordering = ("-number",)

    def __str__(self) -> str:
        return str(self.number)


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> ConsentQuerySet:
        """Return consents that hold: not withdrawn, and to a text after which nobody was asked again."""
        asked_again = ConsentText.objects.filter(
            asks_again=True, number__gt=OuterRef("text__number")
        )
        return self.filter(~Exists(asked_again), withdrawn_at=None)

    def stood_at(self, at: dt.datetime) -> ConsentQuerySet:
        """Return consents that held at a moment, as `standing` returns those that hold now."""
        asked_again = ConsentText.objects.filter(
            asks_again=True, number__gt=OuterRef("text__number"), published_at__lt=at
        )
        not_withdrawn = Q(withdrawn_at=None) | Q(withdrawn_at__gte=at)
        return self.filter(~Exists(asked_again), not_withdrawn, given_at__lt=at)


class Consent(models.Model):
    """An agreement to being recorded in a school year. It stays when it is withdrawn, and when the person is erased."""

    code = models.CharField(max_length=16, unique=True, default=make_code, editable=False)
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="consents",
        verbose_name=_("person"),
    )
    # The year in which the school year began.
    school_year = models.PositiveSmallIntegerField(_("school year"))
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="consents")
    given_by = models.CharField(_("given by"), max_length=16, choices=ConsentGiver.choices)
    guardian_name = models.CharField(
        _("guardian"), max_length=GUARDIAN_CHARS, blank=True, default=""
    )
    guardian_relation = models.CharField(
        _("relation to the student"), max_length=RELATION_CHARS, blank=True, default=""
    )
    given_at = models.DateTimeField(_("given at"))
    # The person, or who noted what came on paper.
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    # It still answers who agreed to what after their names are gone (`consents.digests`).
    digest = models.CharField(max_length=DIGEST_CHARS)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent to recordings")
        verbose_name_plural = _("consents to recordings")
        default_permissions = ()
        constraints = [
            # One of two clicks at once gives it.
            models.UniqueConstraint(
                fields=["person", "school_year", "text"],
                condition=Q(withdrawn_at=None),
                name="schedule_consent_one_stands",
            ),
            models.CheckConstraint(
                condition=Q(given_by__in=ConsentGiver.values), name="schedule_consent_known_giver"
            ),
        ]
        indexes = [models.Index(fields=["school_year"], name="schedule_consent_of_a_year")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.school_year} {self.text_id}"
