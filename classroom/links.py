from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.utils.translation import get_language

from classroom.client.transport import sdk_app_id
from classroom.client.users import Ticket

# What the class page calls the languages of ours; it speaks Chinese where none is named.
CLASS_PAGE_LANGUAGES = {"zh-hans": "zh-CN", "en": "en-US"}
CLASS_PAGE_DEFAULT_LANGUAGE = "zh-CN"


def class_link(room_id: int, ticket: Ticket, *, as_supervisor: bool) -> str:
    """The address of the class page for one person, made for one click, in the language spoken just now.

    It holds the ticket: redirect to it, and never store, log or show it.

    Source: the vendor's page on entering by browser (1639/129292, as of 2026-07-17), which needs
    `schoolid`; older ones (1168/60825) leave it out.
    """
    query = {
        "schoolid": str(sdk_app_id()),
        "classid": str(room_id),
        "userid": ticket.user_id,
        "token": ticket.token,
        "lng": CLASS_PAGE_LANGUAGES.get(get_language() or "", CLASS_PAGE_DEFAULT_LANGUAGE),
    }
    if as_supervisor:
        query["role"] = "supervisor"
    return f"{settings.LCIC_CLASS_URL}?{urlencode(query)}"


def playback_link(room_id: int, token: str, *, title: str, keeps_record: bool) -> str:
    """The address of the cloud's player with the signalling replay of a room, made for one click.

    It holds a ticket: redirect to it, and never store, log or show it. `keeps_record` has the cloud keep
    who watches (whom the ticket names), when and how long.

    Source: the vendor's page on signalling replays (1639/128640, as of 2026-04-07).
    """
    parts = urlsplit(settings.LCIC_CLASS_URL)
    query = {"classid": str(room_id), "token": token, "title": title}
    if keeps_record:
        query["report"] = "true"
    return f"{parts.scheme}://{parts.netloc}/playback/index.html?{urlencode(query)}"
