"""Pages of the new school year: a preview in which each class group can be changed, and undoing it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE
from edu_platform.lib.versions import is_as_shown, known_in
from schedule.lessons.meanwhile import Meanwhile
from schedule.models import ClassGroup, SchoolYear
from schedule.school_year.access import get_school_year, school_years_for
from schedule.school_year.forms import SchoolYearForm
from schedule.school_year.preview import YearPreview, begun_lately, preview_of
from schedule.school_year.proposals import usual_first_day
from schedule.school_year.undo import may_still_be_undone, undoing_of
from schedule.school_year.work import ask_to_begin, ask_to_undo
from schedule.school_year.writing import counts_in_words
from schedule.work.views import see_work

HERE = "schedule/school_year"


@require_http_methods(READ_AND_WRITE)
def school_year(request: SignedInRequest) -> HttpResponse:
    """Show what a new school year would do, by the grades of class groups; `check` shows it again, `propose` anew."""
    latest = school_years_for(request.user).first()
    begun = begun_lately(timezone.localdate())
    if begun is not None and request.method != "POST" and "next" not in request.GET:
        return _page(request, latest)
    form = _form(request, begun)
    is_valid = not form.is_bound or form.is_valid()
    if is_valid and "propose" in request.POST:
        form = _proposed_anew(form)
    preview = preview_of(form.wish())
    if not form.is_bound or (is_valid and "check" in request.POST):
        return _page(request, latest, form, preview)
    if form.has_first_day and not is_as_shown(known_in(request.POST), preview.version):
        sentence = _(
            "Nothing was done: the first day, class groups, their people or what is planned for them are not what this page showed. Below stands what would come of it now."
        )
        meanwhile = Meanwhile(said=sentence)
        return _page(request, latest, form, preview, meanwhile=meanwhile, status=CONFLICT)
    if not (is_valid and preview.can_begin and form.is_meant()):
        return _page(request, latest, form, preview, status=UNPROCESSABLE)
    return see_work(request, ask_to_begin(preview, by=request.user))


def _form(request: SignedInRequest, begun: SchoolYear | None) -> SchoolYearForm:
    last_begun = None if begun is None else begun.first_day
    return SchoolYearForm(
        request.POST if request.method == "POST" else None,
        class_groups=list(ClassGroup.objects.active().order_by("name_key", "pk")),
        first_day=usual_first_day(timezone.localdate(), last_begun=last_begun),
    )


def _proposed_anew(form: SchoolYearForm) -> SchoolYearForm:
    """Return the form with proposals in place of what stood in its rows."""
    return SchoolYearForm(class_groups=form.class_groups, first_day=form.day, leaving=form.leaving)


def _page(
    request: SignedInRequest,
    latest: SchoolYear | None,
    form: SchoolYearForm | None = None,
    preview: YearPreview | None = None,
    *,
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "latest": latest,
        "today": timezone.localdate(),
        "latest_counts": "" if latest is None else counts_in_words(latest.counts),
        "may_undo": latest is not None and may_still_be_undone(latest, at=timezone.now()),
        "form": form,
        "preview": preview,
        "rows": list(form.rows(preview)) if form is not None and preview is not None else (),
        "counts": "" if preview is None else counts_in_words(preview.counts()),
        "meanwhile": meanwhile,
    }
    return render(request, f"{HERE}/school_year.html", context, status=status)


@require_http_methods(READ_AND_WRITE)
def undo(request: SignedInRequest, code: str) -> HttpResponse:
    """Show what stands against undoing a school year; undo it on POST."""
    year = get_school_year(request.user, code)
    undoing = None if year.undone_at is not None else undoing_of(year, at=timezone.now())
    context = {"year": year, "undoing": undoing, "counts": counts_in_words(year.counts)}
    if request.method != "POST":
        return render(request, f"{HERE}/undo.html", context)
    if undoing is None or not undoing.can_be_done:
        return render(request, f"{HERE}/undo.html", context, status=CONFLICT)
    return see_work(request, ask_to_undo(year, by=request.user))
