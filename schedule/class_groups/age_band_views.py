"""Give several class groups their age bands at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.decorators import SignedInRequest
from edu_platform.lib.http import CONFLICT, READ_AND_WRITE, UNPROCESSABLE, see_other
from edu_platform.lib.versions import NotAsShown, known_in
from schedule.class_groups.access import get_class_groups_to_manage
from schedule.class_groups.age_bands import (
    CHOICES,
    band_in_words,
    set_age_bands,
    suggested_band,
    version_of_bands,
)
from schedule.class_groups.views import (
    HERE,
    back_from,
    codes_in,
    is_nothing_chosen,
    to_choose_first,
)
from schedule.enums import AgeBand
from schedule.lessons.meanwhile import Meanwhile, saving_overwrites
from schedule.models import ClassGroup

# What the button says that fills in what the grades suggest; the others say a band.
SUGGESTED = "suggested"


@require_http_methods(READ_AND_WRITE)
def age_bands(request: SignedInRequest) -> HttpResponse:
    """Show the bands of the chosen class groups, fill the fields in (`fill`), or save what stands in them."""
    if is_nothing_chosen(request):
        return to_choose_first(request)
    groups = get_class_groups_to_manage(request.user, codes_in(request))
    if request.method != "POST":
        return _page(request, groups, {group.pk: group.age_band for group in groups})
    bands = {group.pk: request.POST.get(f"band-{group.code}", group.age_band) for group in groups}
    if not {*bands.values()} <= {"", *AgeBand.values}:
        fault = _("Choose an age band of the list.")
        now = {group.pk: group.age_band for group in groups}
        return _page(request, groups, now, fault=fault, status=UNPROCESSABLE)
    if "fill" in request.POST:
        return _page(request, groups, _filled(groups, bands, request.POST["fill"]))
    try:
        count = set_age_bands(groups, bands, known=known_in(request.POST), by=request.user)
    except NotAsShown:
        groups = get_class_groups_to_manage(request.user, codes_in(request))
        said = _("Somebody has changed these age bands since you opened this page.")
        meanwhile = Meanwhile(said=said, advice=saving_overwrites())
        return _page(request, groups, bands, meanwhile=meanwhile, status=CONFLICT)
    messages.success(request, _in_words(count))
    return see_other(back_from(groups))


def _filled(groups: Sequence[ClassGroup], bands: dict[int, str], fill: str) -> dict[int, str]:
    """Return the same with what a button fills in; a grade that suggests nothing changes nothing."""
    if fill == SUGGESTED:
        return {group.pk: suggested_band(group.grade) or bands[group.pk] for group in groups}
    return dict.fromkeys(bands, fill) if fill in AgeBand.values else bands


def _in_words(count: int) -> str:
    if not count:
        return _("Nothing was changed.")
    words = ngettext(
        "%(count)s class group has another age band now.",
        "%(count)s class groups have another age band now.",
        count,
    )
    return words % {"count": count}


def _page(
    request: SignedInRequest,
    groups: Sequence[ClassGroup],
    bands: dict[int, str],
    *,
    fault: str = "",
    meanwhile: Meanwhile | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = [
        (group, bands[group.pk], band_in_words(suggested_band(group.grade))) for group in groups
    ]
    context = {
        "rows": rows,
        "choices": CHOICES,
        "bands": AgeBand,
        "suggests": any(suggestion for _group, _band, suggestion in rows),
        "known": version_of_bands(groups),
        "fault": fault,
        "meanwhile": meanwhile,
        "back": back_from(list(groups)),
    }
    return render(request, f"{HERE}/age_bands.html", context, status=status)
