from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import SignedInRequest
from accounts.selectors.notices import latest_notices, work_under_way
from accounts.services import notices as notice_services
from edu_platform.lib.http import require_post_or_explain, see_other


@require_safe
def notices(request: SignedInRequest) -> HttpResponse:
    rows = latest_notices(request.user)
    context = {
        "rows": rows,
        "has_unread": any(not row.is_read for row in rows),
        "under_way": work_under_way(request.user),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "accounts/notices.html", context)


@require_post_or_explain("notices")
def read_notices(request: SignedInRequest) -> HttpResponse:
    notice_services.mark_all_read(request.user, at=timezone.now())
    return redirect("notices")


@require_post_or_explain("notices", keeps_arguments=False)
def open_notice(request: SignedInRequest, code: str) -> HttpResponse:
    """Mark a notice as read, and lead to the page that it is about."""
    notice = notice_services.mark_read(request.user, code, at=timezone.now())
    if notice is None:
        raise Http404
    return see_other(notice.address)
