"""The page of a lesson's attendance, its corrections, and the same as a file."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.decorators import SignedInRequest
from accounts.permissions import Action, may
from attendance.access import SeenLesson, get_lesson_for
from attendance.corrections.forms import CorrectionForm
from attendance.corrections.writing import (
    Closed,
    NothingToCorrect,
    NotOnRoster,
    NotTheirs,
    correct,
    require_open,
)
from attendance.lesson_page.files import lesson_file, lesson_file_name
from attendance.lesson_page.filters import FilterForm
from attendance.lesson_page.reading import lesson_page
from attendance.lesson_page.refusals import (
    Refusal,
    changes_since,
    closed_in_words,
    not_theirs_in_words,
)
from attendance.state_words import state_label
from edu_platform.lib.http import (
    CONFLICT,
    READ_AND_WRITE,
    UNPROCESSABLE,
    file_response,
    see_other,
)
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE
from edu_platform.lib.versions import NotAsShown, known_in

FORBIDDEN = 403


@require_http_methods(READ_AND_WRITE)
def lesson_attendance(request: SignedInRequest, code: str) -> HttpResponse:
    """Show who was in a lesson; a POST corrects the states of one or several."""
    seen = get_lesson_for(request.user, code)
    now = timezone.now()
    if request.method != "POST":
        return _page(request, seen, CorrectionForm(), now)
    form = CorrectionForm(request.POST)
    refusal = _corrected(request, seen, form, now)
    if refusal is not None:
        return _page(request, seen, form, now, refusal)
    return see_other(request.get_full_path())


def _corrected(
    request: SignedInRequest, seen: SeenLesson, form: CorrectionForm, now: dt.datetime
) -> Refusal | None:
    """Correct what the form says, and say so; or return why not."""
    try:
        # Who cannot correct at all reads that, and not what is wrong with a form that their page does not have.
        require_open(seen, now)
        if not form.is_valid():
            return Refusal(UNPROCESSABLE)
        changed = correct(seen, form.wanted, by=request.user, at=now)
    except Closed:
        return Refusal(FORBIDDEN, (closed_in_words(seen, now),))
    except NotOnRoster as err:
        form.refuse_unknown(err)
        return Refusal(UNPROCESSABLE)
    except NotTheirs as err:
        return Refusal(FORBIDDEN, (not_theirs_in_words(err),))
    except NothingToCorrect:
        sentence = _(
            "There is nothing to correct: people have states only after a class that was held."
        )
        return Refusal(CONFLICT, (sentence,))
    except NotAsShown as err:
        changes = changes_since(err.now, known_in(request.POST))
        return Refusal(CONFLICT, has_changed=True, changes=changes)
    _say_corrected(request, len(changed), form.wanted.state)
    return None


def _say_corrected(request: SignedInRequest, count: int, state: str) -> None:
    if not count:
        messages.info(request, _("Nothing to change: it is already so."))
        return
    if not state:
        words = ngettext(
            "The recorded times count again for %(count)s person.",
            "The recorded times count again for %(count)s people.",
            count,
        )
    else:
        words = ngettext(
            "%(count)s person counts as “%(state)s” now.",
            "%(count)s people count as “%(state)s” now.",
            count,
        )
    messages.success(request, words % {"count": count, "state": state_label(state)})


def _page(
    request: SignedInRequest,
    seen: SeenLesson,
    form: CorrectionForm,
    now: dt.datetime,
    refusal: Refusal | None = None,
) -> HttpResponse:
    page = lesson_page(request.user, seen, now)
    # The form of corrections has a field of the same name.
    filter_form = FilterForm(request.GET, auto_id="filter_%s")
    filters = filter_form.filters(page)
    address = reverse("attendance:lesson", args=[seen.lesson.code])
    context = {
        "lesson": seen.lesson,
        "page": page,
        "students": filters.narrowed(page.students),
        "filters": filters,
        "filter_form": filter_form,
        "form": form,
        "refusal": refusal,
        "is_closed": page.is_closed,
        "sees_lesson": may(Action.SEE_LESSON, seen.relations),
        "address": address,
        "time_zone": timezone.get_default_timezone_name(),
    }
    status = 200 if refusal is None else refusal.status
    return render(request, "attendance/lesson.html", context, status=status)


@require_GET
def lesson_attendance_xlsx(request: SignedInRequest, code: str) -> HttpResponse:
    seen = get_lesson_for(request.user, code)
    content = lesson_file(seen.lesson)
    return file_response(content, name=lesson_file_name(seen.lesson), content_type=XLSX_TYPE)
