"""The classroom cloud: our key, and what it has of our application."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from classroom.addresses import callback_address
from classroom.client.application import (
    DEFAULT_SCENE,
    LIGHT,
    STANDARD,
    TRIAL,
    ULTIMATE,
    ApplicationDetails,
    describe_application,
)
from classroom.client.errors import (
    CloudBusy,
    CloudError,
    CloudRejected,
    CloudUnavailable,
)
from classroom.client.rate_limits import Priority
from classroom.client.rooms import list_rooms
from classroom.client.transport import is_configured
from edu_platform.doctor.findings import Finding, check, error, ok, warning
from edu_platform.lib.formatting import listed
from edu_platform.lib.hosts import host_of
from schedule.enums import LessonState, RecordMode
from schedule.models import Lesson

# Answered or refused within seconds, and nobody at the door waits for it.
PRIORITY = Priority.VISITOR
NEEDED = ("LCIC_SDK_APP_ID", "LCIC_SECRET_ID", "LCIC_SECRET_KEY")
SET_UP_CLOUD = "manage.py setup_cloud"
EDITIONS = {
    TRIAL: pgettext_lazy("edition", "trial"),
    LIGHT: pgettext_lazy("edition", "light"),
    STANDARD: pgettext_lazy("edition", "standard"),
    ULTIMATE: pgettext_lazy("edition", "ultimate"),
}
WITHOUT_A_RIGHT = ("UnauthorizedOperation", "AuthFailure.UnauthorizedOperation")


@check("cloud.credentials")
def credentials() -> Iterator[Finding]:
    """By a call that the platform makes all day: the rooms that begin now."""
    if not is_configured():
        missing = listed(name for name in NEEDED if not getattr(settings, name))
        yield error(
            "cloud.credentials",
            _("%(names)s: not set, so nobody can enter a class.") % {"names": missing},
            _("Take them from the console of the cloud, and restart the platform."),
        )
        return
    at = timezone.now()
    try:
        next(
            list_rooms(starts_from=at, starts_until=at + dt.timedelta(days=1), priority=PRIORITY),
            None,
        )
    except CloudError as err:
        yield refusal("cloud.credentials", err)
        return
    yield ok("cloud.credentials", _("The cloud takes our key for this application."))


def refusal(line: str, err: CloudError) -> Finding:
    """Return what the cloud's refusal of everything means."""
    told = {"reason": str(err)}
    if isinstance(err, CloudBusy):
        return warning(
            line,
            _("We call the cloud too often: %(reason)s") % told,
            _("Run the doctor again in a minute; see whether somebody else uses the same account."),
        )
    if isinstance(err, CloudUnavailable):
        return error(
            line,
            _("The cloud does not answer: %(reason)s") % told,
            _("See LCIC_ENDPOINT, and whether this machine reaches the internet (DNS, firewall)."),
        )
    return error(line, _("The cloud refuses us: %(reason)s") % told, _advice_for(err))


def refuses_the_key(err: CloudError) -> bool:
    """Tell whether every call is refused, whatever it asks for: not for want of a right to this one."""
    code = _code(err)
    return code.startswith("AuthFailure") and not code.startswith(WITHOUT_A_RIGHT)


def _code(err: CloudError) -> str:
    return err.code if isinstance(err, CloudRejected) else ""


def _advice_for(err: CloudError) -> str:
    code = _code(err)
    if code == "AuthFailure.SignatureExpire":
        return _("This machine's clock is wrong: have it set by NTP.")
    if code.startswith(WITHOUT_A_RIGHT):
        return _(
            "Give the key's account the policy for LCIC in the cloud's access management (CAM)."
        )
    if code.startswith("AuthFailure"):
        return _(
            "Correct LCIC_SECRET_ID and LCIC_SECRET_KEY: the key is unknown, wrong or disabled."
        )
    if code == "InvalidParameter.SdkAppId":
        return _("Correct LCIC_SDK_APP_ID: it is no application of this account.")
    return _("Look the code up in the cloud's documentation of error codes, or ask its support.")


@check(
    "cloud.application",
    "cloud.edition",
    "cloud.callback_address",
    "cloud.callback_key",
    "cloud.after_class",
    "recordings.transfer",
)
def application() -> Iterator[Finding]:
    """Check what the cloud has of our application; without a key there is nothing to ask."""
    if not is_configured():
        return
    try:
        details = describe_application(PRIORITY)
    except CloudError as err:
        is_known = isinstance(err, CloudUnavailable) or refuses_the_key(err)
        if is_known:
            yield refusal("cloud.application", err)
        else:
            yield no_details(err)
            yield unknown_edition()
        return
    yield check_state(details)
    yield check_edition(details)
    yield check_callback_address(details)
    yield check_callback_key(details)
    if details.scenes is not None:
        yield check_after_class(details)
    yield check_transfer(details)


def no_details(err: CloudError) -> Finding:
    return warning(
        "cloud.application",
        _("The cloud does not describe the application, so callbacks cannot be checked: %(reason)s")
        % {"reason": err},
        _(
            "Set LCIC_APPLICATION_ID and LCIC_DEVELOPER_ID as the console shows them, or let the"
            " key's account call DescribeAppDetail and DescribeDeveloper."
        ),
    )


def check_state(details: ApplicationDetails) -> Finding:
    if details.is_stopped:
        return error(
            "cloud.application",
            _("The application is stopped in the cloud."),
            _("Start it in the console of the cloud; see whether its bill is paid."),
        )
    if details.edition == TRIAL:
        return warning(
            "cloud.application",
            _("The application is a trial, which ends."),
            _("Buy an edition in the console of the cloud before it does."),
        )
    return ok("cloud.application", _("The application is in service."))


def check_edition(details: ApplicationDetails) -> Finding:
    line, name = "cloud.edition", EDITIONS.get(details.edition or 0)
    if name is None:
        return unknown_edition()
    told = _("The application has the %(edition)s edition.") % {"edition": name}
    if details.edition == ULTIMATE or not signalling_is_planned():
        return ok(line, told)
    return warning(
        line,
        told + " " + _("It has no signalling recording, which lessons to come ask for."),
        _(
            "They are recorded automatically. Plan them so, or buy the ultimate edition in the"
            " console of the cloud."
        ),
    )


def unknown_edition() -> Finding:
    return warning(
        "cloud.edition",
        _("The cloud does not tell which edition the application has."),
        _("See in the console of the cloud whether it has what lessons ask for."),
    )


def signalling_is_planned() -> bool:
    coming = Lesson.objects.filter(state=LessonState.PUBLISHED, ends_at__gt=timezone.now())
    return coming.filter(record_mode=RecordMode.SIGNALLING).exists()


def check_callback_address(details: ApplicationDetails) -> Finding:
    line, wanted = "cloud.callback_address", callback_address()
    advice = _("Run `%(command)s`.") % {"command": SET_UP_CLOUD}
    if details.callback_url == wanted:
        return ok(line, _("The cloud calls %(address)s.") % {"address": wanted})
    if not details.callback_url:
        return error(line, _("The cloud has no callback address: it tells us nothing."), advice)
    told = _("The cloud calls another address, at %(host)s.")
    return error(line, told % {"host": host_of(details.callback_url)}, advice)


def check_callback_key(details: ApplicationDetails) -> Finding:
    line, keys = "cloud.callback_key", settings.LCIC_CALLBACK_KEY
    advice = _("Run `%(command)s`.") % {"command": SET_UP_CLOUD}
    if details.callback_key and details.callback_key in keys[:1]:
        return ok(line, _("The cloud signs with the first of LCIC_CALLBACK_KEY."))
    if details.callback_key and details.callback_key in keys:
        return warning(line, _("The cloud still signs with an old key."), advice)
    told = _("The cloud signs with a key that is not in LCIC_CALLBACK_KEY: callbacks are refused.")
    return error(line, told, advice)


def check_after_class(details: ApplicationDetails) -> Finding:
    line, wanted = (
        "cloud.after_class",
        f"{settings.PUBLIC_BASE_URL}{reverse('schedule:after_class')}",
    )
    homes = [scene.home_url for scene in details.scenes or () if scene.name == DEFAULT_SCENE]
    if homes == [wanted]:
        return ok(line, _("The class page leads back here after class."))
    return warning(
        line,
        _("The class page does not lead back here after class."),
        _("Run `%(command)s`.") % {"command": SET_UP_CLOUD},
    )


def check_transfer(details: ApplicationDetails) -> Finding:
    line = "recordings.transfer"
    if details.transfers_recordings:
        return ok(line, _("The cloud transfers recordings to a storage of the school's."))
    return warning(
        line,
        _("The cloud transfers no recordings: they lie with it alone, for as long as it is paid."),
        _("Where the school wants copies, have the transfer (转存) set up in the cloud's console."),
    )
