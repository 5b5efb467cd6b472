"""The page of long work, which follows it until it has ended."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import READ_AND_WRITE, file_response, see_other
from edu_platform.lib.live_pages import LivePage, known_version, render_live, unchanged
from edu_platform.lib.long_work import ShownProgress, WorkState
from edu_platform.lib.versions import version_of
from schedule.models import Work
from schedule.work.access import get_output_for, get_work_for
from schedule.work.kinds import KINDS
from schedule.work.reading import phase_of, shown_progress, time_left_of
from schedule.work.words import fault_of, state_words, title_of
from schedule.work.writing import stop_work

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
    made = get_output_for(request.user, code)
    content = bytes(made.output or b"")
    return file_response(content, name=made.file_name, content_type=made.output_type)


def _stop(request: SignedInRequest, work: Work) -> HttpResponse:
    if "stop" in request.POST and not stop_work(work, by=request.user):
        messages.warning(request, _("It can no longer be stopped."))
    return see_other(work.get_absolute_url())


def _page(request: SignedInRequest, work: Work) -> HttpResponse:
    at = timezone.now()
    progress = shown_progress(work)
    time_left = time_left_of(work, at=at) if work.is_open else ""
    followed = LivePage(
        address=request.get_full_path(),
        version=version_of(work.state, progress, time_left, fault_of(work)),
        shown_at=at,
        asks_every_s=ASKS_EVERY_S if work.is_open else None,
    )
    if known_version(request) == followed.version:
        return unchanged()
    state, title = WorkState(work.state), title_of(work.kind, work.arguments)
    context = {
        "work": work,
        "title": title,
        # The percent stands first: a tab has little room.
        "tab_title": f"{_percent_or_state(progress, state)} · {title}",
        "is_waiting": state == WorkState.WAITING,
        "is_stopped": state == WorkState.STOPPED,
        "is_own": work.asked_by_id == request.user.pk,
        "state": state_words(state),
        "phase": phase_of(work, progress),
        "progress": progress,
        "time_left": time_left,
        "fault": fault_of(work),
        "outcome": None if work.is_open else KINDS[work.kind].outcome(work),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render_live(
        request, "schedule/work.html", "schedule/_work_parts.html", context, followed
    )


def _percent_or_state(progress: ShownProgress | None, state: WorkState) -> str:
    percent = progress.percent if progress else None
    return str(state.label) if percent is None else f"{percent}%"


def see_work(request: HttpRequest, work: Work) -> HttpResponse:
    """Lead to the page of work that was asked for, or of that which stands in its way."""
    if work.is_in_the_way:
        sentence = _(
            "This is under way just now, and what you asked for was not begun. Ask for it again when this is over."
        )
        messages.warning(request, sentence)
    elif work.is_asked_for_again:
        messages.info(request, _("This was asked for before, and is under way."))
    return see_other(work.get_absolute_url())
