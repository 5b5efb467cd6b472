"""The buttons beside what is not in order."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from edu_platform.lib.http import own_path, require_post_or_explain, see_other
from schedule import access
from schedule.hooks import not_in_order


@require_post_or_explain("schedule:today")
def mend(request: SignedInRequest) -> HttpResponse:
    """Do what the button says, while that is still not in order, and lead back to its page."""
    access.require(request.user, Action.SEE_SCHOOL_DAY)
    kind, at = request.POST.get("kind", ""), timezone.now()
    found = (each for each in not_in_order(request.user, at) if kind and each.kind == kind)
    runs = [each.remedy.run for each in found if each.remedy and each.remedy.run]
    for run in runs:
        messages.success(request, run(at))
    if not runs:
        messages.info(request, _("There was nothing to be done: it is in order by now."))
    return see_other(own_path(request.POST.get("next")) or reverse("schedule:today"))
