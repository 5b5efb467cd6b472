"""The addresses from which the cloud fetches files: without signing in, for one file and purpose.

What is transcoded is fetched once, so its address is signed for one try and a day. An image is shown by
the class itself, for as long as there is the image: its address cannot be guessed, and stays.
"""

from __future__ import annotations

import datetime as dt
import re

from django.conf import settings
from django.core import signing
from django.urls import reverse

from courseware.enums import CoursewareState, Failure
from courseware.models import Courseware

SALT = "courseware.fetching"
SIGNED_FOR = dt.timedelta(hours=24)
TOKEN = re.compile(r"[A-Za-z0-9_-]{22,64}", re.ASCII)


def fetch_address(courseware: Courseware, *, number: int) -> str:
    """The address for the try of this number; no two tries have the same one."""
    token = courseware.fetch_token
    if courseware.is_transcoded:
        token = signing.dumps([courseware.code, number], salt=SALT)
    # Plain letters only: not every program that fetches takes others.
    name = f"{courseware.code}-{number}.{courseware.suffix}"
    return settings.PUBLIC_BASE_URL + reverse("courseware:fetch", args=[token, name])


def fetched_by(token: str) -> Courseware | None:
    """The courseware whose file this token opens now; None for any other token."""
    # Classes that run may still show what a newer version has replaced.
    openable = Courseware.objects.filter(deleted_at=None).stored()
    if ":" not in token:
        # Not every text may be asked for: a database refuses some letters.
        courseware = openable.filter(fetch_token=token).first() if TOKEN.fullmatch(token) else None
        return courseware if courseware is not None and _is_shown(courseware) else None
    try:
        code, number = signing.loads(token, salt=SALT, max_age=SIGNED_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    courseware = openable.filter(code=code, call_number=number).first()
    return courseware if courseware is not None and _is_needed(courseware) else None


def _is_shown(courseware: Courseware) -> bool:
    """Tell whether the class may load the file itself: not once the cloud has said that it has no such file."""
    is_there = courseware.is_ready or _is_needed(courseware)
    return is_there and not courseware.is_transcoded


def _is_needed(courseware: Courseware) -> bool:
    """Tell whether the cloud may still have to fetch the file: not once it is done with it."""
    if courseware.superseded_at is not None:
        return False
    if courseware.has_failed:
        return courseware.failure == Failure.STUCK
    return courseware.state in {CoursewareState.QUEUED, CoursewareState.TRANSCODING}
