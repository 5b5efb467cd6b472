"""The page of the first hour, and what is done on it: the school's name and logo, and the checks of the cloud."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.models import SchoolSettings
from accounts.permissions import Action
from accounts.services import school as school_services
from accounts.services.avatars import MAX_UPLOAD_BYTES, PictureNotStored
from accounts.services.school import version_of_school
from edu_platform.lib.body_limits import takes_file_of
from edu_platform.lib.full_disk import storage_failed_text
from edu_platform.lib.http import (
    CONFLICT,
    UNAVAILABLE,
    UNPROCESSABLE,
    require_post_or_explain,
    see_other,
)
from edu_platform.lib.versions import NotAsShown, known_in
from edu_platform.start import steps
from edu_platform.start.cloud_checks import ChecksAreRunning, ask_cloud, last_checks
from edu_platform.start.forms import SchoolForm
from edu_platform.start.step import Step
from edu_platform.start.steps import steps_of
from schedule import access
from schedule.lessons.meanwhile import Meanwhile, saving_overwrites

RETRY_AFTER_S = 60


@require_safe
def start(request: SignedInRequest) -> HttpResponse:
    """Show the steps, and of the one that is chosen, else the next one, what it needs."""
    access.require(request.user, Action.ADMINISTER)
    return _page(request, request.GET.get("step", ""))


@takes_file_of(MAX_UPLOAD_BYTES)
@require_post_or_explain("start:start")
def school(request: SignedInRequest) -> HttpResponse:
    """Give the school its name and its logo."""
    access.require(request.user, Action.SET_UP_SCHOOL)
    form = SchoolForm(request.POST, request.FILES, school=SchoolSettings.load())
    if not form.is_valid():
        return _page(request, steps.SCHOOL, form=form, status=UNPROCESSABLE)
    try:
        has_changed = school_services.name_school(
            form.cleaned_data["school_name"],
            logo=form.cleaned_data["logo"],
            removes_logo=bool(form.cleaned_data.get("removes_logo")),
            by=request.user,
            known=known_in(request.POST),
        )
    except NotAsShown:
        return _page(
            request, steps.SCHOOL, form=form, meanwhile=_changed_meanwhile(), status=CONFLICT
        )
    except PictureNotStored:
        return _logo_not_stored(request, form)
    if has_changed:
        messages.success(request, _("The school's name and logo were saved."))
    else:
        messages.info(request, _("Nothing was changed."))
    return see_other(reverse("start:start"))


def _changed_meanwhile() -> Meanwhile:
    return Meanwhile(
        said=_("Somebody else has changed the school's name or logo since you opened this page."),
        advice=saving_overwrites(),
    )


def _logo_not_stored(request: SignedInRequest, form: SchoolForm) -> HttpResponse:
    form.add_error("logo", storage_failed_text())
    response = _page(request, steps.SCHOOL, form=form, status=UNAVAILABLE)
    response["Retry-After"] = str(RETRY_AFTER_S)
    return response


@require_post_or_explain("start:start")
def cloud(request: SignedInRequest) -> HttpResponse:
    """Have the doctor look at the connection to the cloud; what it finds is kept for whoever looks next."""
    access.require(request.user, Action.SET_UP_SCHOOL)
    try:
        ask_cloud()
    except ChecksAreRunning:
        messages.info(request, _("A check is running already. Try again in half a minute."))
    return see_other(f"{reverse('start:start')}?step={steps.CLOUD}")


@require_post_or_explain("start:start")
def put_away(request: SignedInRequest) -> HttpResponse:
    """Lead nobody here any more; with `again` lead here once more."""
    access.require(request.user, Action.ADMINISTER)
    if "again" in request.POST:
        school_services.take_up_first_hour(timezone.now())
        return see_other(reverse("start:start"))
    school_services.put_first_hour_away(timezone.now())
    told = _("Put away. The steps stay at the address %(address)s.")
    messages.success(request, told % {"address": reverse("start:start")})
    return see_other(reverse("home"))


def _page(
    request: SignedInRequest,
    chosen: str,
    *,
    form: SchoolForm | None = None,
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    at, school = timezone.now(), SchoolSettings.load()
    all_steps = steps_of(school, request.user, at)
    left = steps.open_steps(all_steps)
    shown = _shown(all_steps, left, chosen)
    is_own_school = shown.name == steps.SCHOOL and shown.is_yours
    context = {
        "school": school,
        "steps": all_steps,
        "shown": shown,
        "next_step": _next_of(left),
        "done_count": len(all_steps) - len(left),
        "form": (form or SchoolForm(school=school)) if is_own_school else None,
        "known": version_of_school(school),
        "meanwhile": meanwhile,
        "checks": last_checks() if shown.name == steps.CLOUD else None,
        "asks_cloud": shown.name == steps.CLOUD and shown.is_yours,
    }
    return render(request, "start/start.html", context, status=status)


def _shown(all_steps: list[Step], left: list[Step], chosen: str) -> Step:
    """Return the step of this name, else the next one, else the last."""
    named = (step for step in all_steps if step.name == chosen)
    return next(named, _next_of(left) or all_steps[-1])


def _next_of(left: list[Step]) -> Step | None:
    """Return the first open step that is the reader's to do; where none is, the first that is open."""
    theirs = (step for step in left if step.is_yours)
    return next(theirs, left[0] if left else None)
