"""Recordings: whether the cloud makes them, and how they come to people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.client.file_sizes import size_of
from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.bounded_http import BoundedHttp, NoUsableAnswer
from edu_platform.lib.hosts import is_allowed
from replays.models import ReplayFile
from replays.playback.delivery import INTERNAL_PATH, Delivery
from replays.playback.hotlinks import signed_address
from schedule.models import Room
from schedule.models.rooms import WITHOUT_RECORDING, WITHOUT_SIGNALLING

LINE = "recordings.delivery"
# What the files of deploy/nginx answer to requests from outside for the place of recordings.
NGINX_WORDS = b"The recording cannot be fetched"
TRIED_HOSTS_AT_MOST = 3
TRIED_FILES_AT_MOST = 20
TRIED_FOR = dt.timedelta(minutes=5)

_http = BoundedHttp()


@check("recordings.storage")
def storage() -> Iterator[Finding]:
    """As far as the API tells: it says nothing of storage or bill until it refuses a recording."""
    coming = Room.objects.of_lessons_to_come(at=timezone.now())
    refused = coming.filter(WITHOUT_RECORDING).count()
    if not refused:
        yield ok("recordings.storage", _("The cloud refuses no recording of coming classes."))
        return
    told = ngettext(
        "The cloud refuses to record %(count)d coming class: its storage is full, or not paid.",
        "The cloud refuses to record %(count)d coming classes: its storage is full, or not paid.",
        refused,
    )
    yield error(
        "recordings.storage",
        told % {"count": refused},
        _(
            "Buy storage or pay the bill in the cloud's console, or delete replays. Recordings are"
            " asked for again every hour."
        ),
    )


@check("recordings.signalling")
def signalling() -> Iterator[Finding]:
    """Report what the cloud has said of classes to come: it is asked anew for each of them."""
    coming = Room.objects.of_lessons_to_come(at=timezone.now())
    refused = coming.filter(WITHOUT_SIGNALLING).count()
    if not refused:
        yield ok(
            "recordings.signalling",
            _("The cloud refuses signalling recording to no coming class."),
        )
        return
    told = ngettext(
        "The edition in the cloud has no signalling recording: %(count)d coming class is recorded"
        " automatically.",
        "The edition in the cloud has no signalling recording: %(count)d coming classes are recorded"
        " automatically.",
        refused,
    )
    yield warning(
        "recordings.signalling",
        told % {"count": refused},
        _(
            "Plan these lessons with automatic recording, or buy the edition that has it, then ask"
            " again on the start page of the administration."
        ),
    )


@check(LINE)
def delivery() -> Iterator[Finding]:
    if settings.REPLAY_DELIVERY == Delivery.ACCEL:
        yield check_nginx()
    elif settings.REPLAY_DELIVERY == Delivery.SIGNED:
        yield check_signatures()
    else:
        yield warning(
            LINE,
            _(
                "REPLAY_DELIVERY is redirect: people who play a replay can keep its address and pass"
                " it on."
            ),
            _(
                "Set it to accel, with nginx in front (deploy/nginx/), or to signed where the"
                " storage is the school's own."
            ),
        )


def check_nginx() -> Finding:
    """Ask for the place of recordings from outside, for each host: only nginx with our file refuses so."""
    advice = _(
        "Run sh deploy/nginx/configure.sh again with the host of PUBLIC_BASE_URL, and reload nginx."
        " Where nginx is set up by hand, include deploy/nginx/replay-media.conf, with all of"
        " REPLAY_HOSTS in it."
    )
    for pattern in settings.REPLAY_HOSTS[:TRIED_HOSTS_AT_MOST]:
        host = pattern.replace("*.", "doctor.", 1)
        try:
            answer = _http.ask("GET", f"{settings.PUBLIC_BASE_URL}{INTERNAL_PATH}https/{host}/none")
        except NoUsableAnswer as err:
            told = _("PUBLIC_BASE_URL could not be asked for recordings: %(reason)s")
            return error(LINE, told % {"reason": err}, _("See the lines that begin with address."))
        if not answer.body.startswith(NGINX_WORDS):
            told = _("REPLAY_DELIVERY is accel, but no nginx fetches from %(host)s: nothing plays.")
            return error(LINE, told % {"host": pattern}, advice)
    return ok(LINE, _("nginx fetches recordings from REPLAY_HOSTS (accel)."))


def check_signatures() -> Finding:
    """Try the latest recording: with a signature it opens, without one it must not."""
    url = _latest_url()
    if url is None:
        return ok(LINE, _("REPLAY_DELIVERY is signed; there is no recording yet to try it with."))
    expires_at = timezone.now() + TRIED_FOR
    signed = signed_address(url, key=settings.LCIC_VOD_KEY, expires_at=expires_at)
    if size_of(signed) is None:
        return error(
            LINE,
            _("The storage does not give out the latest recording for our signature."),
            _("Set LCIC_VOD_KEY to the key of the storage's hot-link protection (防盗链)."),
        )
    if size_of(url) is not None:
        return warning(
            LINE,
            _("The storage gives recordings out without a signature too."),
            _("Switch on its key hot-link protection (Key 防盗链), or anybody can keep addresses."),
        )
    return ok(LINE, _("The latest recording opens with our signature, and not without."))


def _latest_url() -> str | None:
    latest = ReplayFile.objects.filter(gone_at=None).exclude(url="").order_by("-pk")
    urls = latest.values_list("url", flat=True)[:TRIED_FILES_AT_MOST]
    return next((url for url in urls if is_allowed(url, settings.REPLAY_HOSTS)), None)
