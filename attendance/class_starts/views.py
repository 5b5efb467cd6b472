"""The page of how often and how late classes start, and the same as a file."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_safe

from accounts.decorators import SignedInRequest
from accounts.permissions import Action
from attendance.access import require
from attendance.alarms.board_address import board_address
from attendance.class_starts.files import class_starts_file, class_starts_file_name
from attendance.class_starts.period import MOST_DAYS, By, Choice, ChoiceForm, Sort, choice_in
from attendance.class_starts.reading import ClassStarts
from attendance.enums import AlarmKind
from attendance.kept_kinds import ALARMS
from attendance.overviews.spans import Span
from attendance.overviews.week_charts import chart_of
from edu_platform.lib.http import file_response, with_query
from edu_platform.lib.keeping_times import DAY, kept_for
from edu_platform.lib.spreadsheets.writing import XLSX_TYPE

HEADS: dict[Sort, Promise] = {
    Sort.HELD: gettext_lazy("Classes held"),
    Sort.LATE: gettext_lazy("Late starts"),
    Sort.MEAN: pgettext_lazy("delay", "Mean delay"),
    Sort.WORST: pgettext_lazy("delay", "Worst delay"),
    Sort.ALARMS: gettext_lazy("Alarms"),
}


@require_safe
def class_starts(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.SEE_CLASS_STARTS)
    today = timezone.localdate()
    choice = choice_in(request.GET, today=today)
    sums = ClassStarts(*choice.period)
    span = Span(choice.first_day, choice.last_day, None, ())
    initial = {"first_day": choice.first_day, "last_day": choice.last_day}
    alarms_kept = kept_for(ALARMS)
    alarms_since = today - alarms_kept
    context = {
        "choice": choice,
        "form": ChoiceForm(initial=initial),
        "rows": sums.rows(choice.by, choice.sort),
        "total": sums.total,
        "kinds": AlarmKind,
        "heads": [(_address(choice, sort=sort), sort, label) for sort, label in HEADS.items()],
        "name_url": _address(choice, sort=Sort.NAME),
        "is_by_teacher": choice.by is By.TEACHER,
        "teacher_url": _address(choice, by=By.TEACHER),
        "course_url": _address(choice, by=By.COURSE),
        "chart": chart_of(span, sums.by_week()),
        "span": span,
        "most_days": MOST_DAYS,
        "alarms_since": alarms_since if choice.first_day < alarms_since else None,
        "alarm_days": alarms_kept // DAY,
        "xlsx_url": with_query(reverse("attendance:class_starts_xlsx"), choice.days_query),
        "board_url": board_address(),
        "time_zone": timezone.get_default_timezone_name(),
    }
    return render(request, "attendance/class_starts.html", context)


@require_GET
def class_starts_xlsx(request: SignedInRequest) -> HttpResponse:
    require(request.user, Action.SEE_CLASS_STARTS)
    choice = choice_in(request.GET, today=timezone.localdate())
    content = class_starts_file(choice)
    return file_response(content, name=class_starts_file_name(choice), content_type=XLSX_TYPE)


def _address(choice: Choice, *, by: By | None = None, sort: Sort | None = None) -> str:
    """Return the same days, grouped or sorted in another way."""
    query = {**choice.days_query, "by": by or choice.by, "sort": sort or choice.sort}
    return with_query(reverse("attendance:class_starts"), query)
