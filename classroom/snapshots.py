"""Snapshots of a room or document of the cloud, shared by all handlers of an event."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from django.utils import timezone

from classroom.client import documents, file_sizes, playbacks, records, rooms
from classroom.client.documents import DocumentDetails
from classroom.client.file_sizes import SIZES_INTERACTIVE_S
from classroom.client.playbacks import Playback
from classroom.client.rate_limits import Priority
from classroom.client.records import Recording
from classroom.client.rooms import RoomDetails, RoomListing
from classroom.client.transport import sdk_app_id
from classroom.enums import Source


def _nothing() -> None:
    pass


class RoomSnapshot:
    """Asks the cloud about one room, each question once and only when somebody needs the answer.

    All answers are of `asked_at` or later, so facts of a later look are never overwritten by an
    earlier one. `before_call` runs before each call; it may raise to end the look. Answers raise
    the errors of `classroom.client.errors`. Never to be used inside a transaction.
    """

    def __init__(
        self,
        room_id: int,
        *,
        priority: Priority,
        source: Source,
        before_call: Callable[[], None] = _nothing,
    ) -> None:
        self.room_id = room_id
        self.source = source
        self.asked_at = timezone.now()
        self._urgency = priority
        self._before_call = before_call
        self._sizes_end_s: float | None = None

    @cached_property
    def details(self) -> RoomDetails | None:
        """Return what DescribeRoom says; None when the cloud has no such room."""
        self._before_call()
        return rooms.describe_room(self.room_id, self._urgency)

    @property
    def is_ours(self) -> bool:
        """Tell whether the room is there and belongs to our application."""
        return self.details is not None and self.details.sdk_app_id == sdk_app_id()

    @cached_property
    def listing(self) -> RoomListing | None:
        """The room's line of GetRooms: the only place that tells its real start and end."""
        if self.details is None:
            return None
        self._before_call()
        listed = rooms.list_rooms(
            starts_from=self.details.starts_at,
            starts_until=self.details.starts_at,
            priority=self._urgency,
            statuses=(self.details.status,),
        )
        return next((line for line in listed if line.room_id == self.room_id), None)

    @cached_property
    def recordings(self) -> tuple[Recording, ...]:
        """The finished files that DescribeRecord lists."""
        self._before_call()
        return records.list_recordings(self.room_id, self._urgency)

    @cached_property
    def streams(self) -> tuple[Recording, ...]:
        """The finished single streams; of a room that was to have none, the cloud is not asked."""
        if self.details is not None and not self.details.has_streams:
            return ()
        self._before_call()
        return records.list_streams(self.room_id, self._urgency)

    @cached_property
    def playback(self) -> Playback | None:
        """The replay of a class that is kept as signalling; None while there is none."""
        details = self.details
        planned = None if details is None else details.ends_at - details.starts_at
        self._before_call()
        return playbacks.playback_of(self.room_id, self._urgency, planned=planned)

    def size_of(self, url: str) -> int | None:
        """Return how large a file of the room is, asked of the file's own server; None when it does not tell.

        Nor is it asked any more when somebody has waited for sizes long enough.
        """
        self._before_call()
        return None if self._has_waited_for_sizes else file_sizes.size_of(url)

    @property
    def _has_waited_for_sizes(self) -> bool:
        if self._urgency is not Priority.INTERACTIVE:
            return False
        now_s = time.monotonic()
        if self._sizes_end_s is None:
            self._sizes_end_s = now_s + SIZES_INTERACTIVE_S
        return now_s > self._sizes_end_s


class DocumentSnapshot:
    """Asks the cloud about one document, once and only when somebody needs the answer.

    As with a room: the answer is of `asked_at` or later, `before_call` runs before each call, and none
    of it is to be used inside a transaction.
    """

    def __init__(
        self,
        document_id: str,
        *,
        priority: Priority,
        source: Source,
        before_call: Callable[[], None] = _nothing,
    ) -> None:
        self.document_id = document_id
        self.source = source
        self.asked_at = timezone.now()
        self._urgency = priority
        self._before_call = before_call

    @cached_property
    def details(self) -> DocumentDetails | None:
        """Return what the cloud says of the document; None when it has no such document."""
        self._before_call()
        details = documents.describe_document(self.document_id, self._urgency)
        if details is None or details.state != documents.DONE:
            return details
        # Only lists tell of the cover.
        self._before_call()
        listed = documents.list_documents([self.document_id], self._urgency)
        covers = [each.cover_url for each in listed if each.document_id == self.document_id]
        return replace(details, cover_url=covers[0]) if covers else details
