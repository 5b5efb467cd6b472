from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings

from classroom.client.users import Ticket


def class_link(room_id: int, ticket: Ticket, *, as_supervisor: bool) -> str:
    """The address of the class page for one person, made for one click.

    It holds the ticket: redirect to it, and never store, log or show it.

    Source: the vendor's page on entering by browser (1168/60825, read 2026-08).
    """
    query = {"classid": str(room_id), "userid": ticket.user_id, "token": ticket.token}
    if as_supervisor:
        query["role"] = "supervisor"
    return f"{settings.LCIC_CLASS_URL}?{urlencode(query)}"


def playback_link(room_id: int, token: str, *, title: str) -> str:
    """The address of the cloud's player with the signalling replay of a room, made for one click.

    It holds a ticket: redirect to it, and never store, log or show it.

    Source: the vendor's page on signalling replays (1639/128640, as of 2026-04-07).
    """
    parts = urlsplit(settings.LCIC_CLASS_URL)
    query = urlencode({"classid": str(room_id), "token": token, "title": title})
    return f"{parts.scheme}://{parts.netloc}/playback/index.html?{query}"
