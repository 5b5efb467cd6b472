from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from classroom.enums import EventKind, EventState, Outcome
from edu_platform.lib.leases import Leased, LeasedQuerySet

# Given up, or waiting for another try after one that failed.
HAS_FAILED = Q(state=EventState.DEAD) | (Q(state=EventState.WAITING) & ~Q(last_error=""))


class CallbackEventQuerySet(LeasedQuerySet["CallbackEvent"]):
    def waiting(self) -> CallbackEventQuerySet:
        return self.filter(state=EventState.WAITING)

    def about_the_same_as(self, event: CallbackEvent) -> CallbackEventQuerySet:
        """The events that the same look at the cloud answers, this one among them."""
        if event.document_id:
            return self.filter(document_id=event.document_id, kind=event.kind)
        if event.room_id is None:
            return self.filter(pk=event.pk)
        return self.filter(room_id=event.room_id, kind=event.kind)

    def due(self, *, at: dt.datetime, told_before: dt.datetime) -> CallbackEventQuerySet:
        """Waiting events whose time has come; new ones only if they came before `told_before`."""
        is_due = Q(due_at__lte=at) | Q(due_at=None, received_at__lte=told_before)
        return self.waiting().unleased(at=at).filter(is_due)

    def insert_new(self, event: CallbackEvent) -> bool:
        """Insert an event unless its row is there, and say which; one statement, written once for all events.

        Django writes it anew for each, which takes as long as all checks of a callback.
        """
        statement, fields = _insertion()
        values = [
            field.get_db_prep_save(getattr(event, field.attname), connection) for field in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            inserted = cursor.fetchone()
        if inserted is not None:
            (event.pk,) = inserted
        return inserted is not None


class CallbackEvent(Leased):
    """One event that the cloud called about: a hint to look there, never a fact.

    While `state` is waiting the event is due at `due_at`, at once when that is empty. The worker
    that handles it holds `lease_token` until `leased_until`.
    """

    # sha256 over type, time and data: a delivery that is repeated finds its row.
    digest = models.CharField(max_length=64, unique=True, editable=False)
    event_type = models.CharField(_("type"), max_length=128)
    kind = models.CharField(_("about"), max_length=16, choices=EventKind.choices)
    timestamp_s = models.BigIntegerField(_("time told by the cloud, in seconds"))
    # ASCII JSON. Not jsonb: PostgreSQL refuses NUL and lone surrogates there.
    data = models.TextField(_("data"))
    room_id = models.BigIntegerField(_("room number"), null=True, blank=True)
    # For events about documents only.
    document_id = models.CharField(_("document"), max_length=128, blank=True)
    received_at = models.DateTimeField(_("received"))

    state = models.CharField(
        _("state"), max_length=16, choices=EventState.choices, default=EventState.WAITING
    )
    outcome = models.CharField(_("outcome"), max_length=16, choices=Outcome.choices, blank=True)
    # Counted when a try begins, so that one which kills its worker counts as well.
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"), null=True, blank=True)
    begun_at = models.DateTimeField(_("latest try"), null=True, blank=True)
    leased_until = models.DateTimeField(_("being handled until"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)

    objects = CallbackEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=EventKind.values), name="classroom_callbackevent_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=EventState.values), name="classroom_callbackevent_known_state"
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *Outcome.values]),
                name="classroom_callbackevent_known_outcome",
            ),
            models.CheckConstraint(
                condition=Q(state=EventState.WAITING, closed_at=None)
                | (~Q(state=EventState.WAITING) & Q(closed_at__isnull=False)),
                name="classroom_callbackevent_closed_once_not_waiting",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(state=EventState.WAITING),
                name="classroom_callbackevent_due",
            ),
            models.Index(fields=["room_id", "state"], name="classroom_callbackevent_room"),
            models.Index(
                fields=["document_id", "state"],
                condition=~Q(document_id=""),
                name="classroom_callbackevent_doc",
            ),
            models.Index(fields=["closed_at"], name="classroom_callbackevent_closed"),
            models.Index(
                fields=["closed_at"],
                condition=Q(state=EventState.DEAD),
                name="classroom_callbackevent_dead",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.room_id or self.document_id or '-'} #{self.pk}"


@cache
def _insertion() -> tuple[str, Sequence[models.Field[Any, Any]]]:
    """The statement that inserts an event, and the fields whose values it takes."""
    options = CallbackEvent._meta  # noqa: SLF001 -- Django's name for what describes a model
    fields = [field for field in options.local_concrete_fields if not field.primary_key]
    columns = ", ".join(str(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    statement = (
        f"INSERT INTO {options.db_table} ({columns}) VALUES ({places}) "  # noqa: S608 -- names of ours alone
        "ON CONFLICT (digest) DO NOTHING RETURNING id"
    )
    return statement, fields
