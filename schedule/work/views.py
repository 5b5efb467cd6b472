"""The page of long work, which follows it until it has ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import READ_AND_WRITE, see_other
from edu_platform.lib.live_pages import LivePage, known_version, render_live, unchanged
from edu_platform.lib.long_work import WorkState
from edu_platform.lib.versions import version_of
from schedule.models import Work
from schedule.work.access import get_output_for, get_work_for
from schedule.work.kinds import KINDS
from schedule.work.reading import phase_of, shown_progress, time_left_of
from schedule.work.words import fault_of, state_words, title_of
from schedule.work.writing import send_for_worker, stop_work

ASKS_EVERY_S = 1


@require_http_methods(READ_AND_WRITE)
def work(request: SignedInRequest, code: str) -> HttpResponse:
    """Show how far it is, and what became of it; POST `stop=1` stops it."""
    asked_work = get_work_for(request.user, code)
    if request.method == "POST":
        return _stop(request, asked_work)
    return _page(request, asked_work)


@require_safe
def output(request: SignedInRequest, code: str) -> HttpResponse:
    """Send the file that the work has made, as long as it is kept."""
    found = get_output_for(request.user, code)
    disposition = content_disposition_header(as_attachment=True, filename=found.file_name)
    headers = {
        "Content-Disposition": disposition or "attachment",
        "Cache-Control": "no-store",
    }
    return HttpResponse(found.output, content_type=found.output_type, headers=headers)


def _stop(request: SignedInRequest, work: Work) -> HttpResponse:
    if "stop" in request.POST and not stop_work(work):
        messages.warning(request, _("It can no longer be stopped."))
    return see_other(reverse("schedule:work", args=[work.code]))


def _page(request: SignedInRequest, work: Work) -> HttpResponse:
    at = timezone.now()
    progress = shown_progress(work)
    followed = LivePage(
        address=request.get_full_path(),
        version=version_of(work.state, progress, fault_of(work)),
        shown_at=at,
        asks_every_s=ASKS_EVERY_S if work.is_open else None,
    )
    if known_version(request) == followed.version:
        return unchanged()
    if work.is_open:
        send_for_worker(work, at=at)
    state, title = WorkState(work.state), title_of(work.kind, work.arguments)
    context = {
        "work": work,
        "title": title,
        # The percent stands first: a tab has little room.
        "tab_title": f"{progress.percent}% · {title}" if progress else f"{state.label} · {title}",
        "is_waiting": state == WorkState.WAITING,
        "is_stopped": state == WorkState.STOPPED,
        "is_own": work.asked_by_id == request.user.pk,
        "state": state_words(state),
        "phase": phase_of(work, progress),
        "progress": progress,
        "time_left": time_left_of(work, at=at) if work.is_open else "",
        "fault": fault_of(work),
        "outcome": None if work.is_open else KINDS[work.kind].outcome(work),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render_live(
        request, "schedule/work.html", "schedule/_work_parts.html", context, followed
    )
