"""Files that long work makes: kept with it, and offered by its page."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from edu_platform.lib.formatting import size_text
from edu_platform.lib.keeping_times import kept_for
from schedule.models import Work
from schedule.work.kinds import Outcome, Sentence
from schedule.work.writing import LONG_WORK


def keep_output(work: Work, result: dict[str, Any], content: bytes, media_type: str) -> None:
    """Keep the file that a work has made; to be called where the work writes its result."""
    Work.objects.filter(pk=work.pk).update(output=content, output_type=media_type)
    result["bytes"] = len(content)


def file_outcome(work: Work, *, back: str, way_back: str) -> Outcome:
    """Lead to the file that was made, or back to the page that it was asked for on."""
    if "bytes" not in work.result or work.ended_at is None:
        return Outcome((), back, way_back)
    kept_until = timezone.localtime(work.ended_at + kept_for(LONG_WORK))
    sentence = _("“%(name)s” (%(size)s) can be downloaded here until %(until)s.") % {
        "name": work.file_name,
        "size": size_text(work.result["bytes"]),
        "until": f"{kept_until:%Y-%m-%d %H:%M}",
    }
    address = reverse("schedule:work_output", args=[work.code])
    return Outcome([Sentence(sentence)], address, _("Download the file"))
