"""Long work: the only door from a request to one."""

from __future__ import annotations

from django.http import Http404

from accounts.models import User
from accounts.permissions import Relation
from edu_platform.lib.text import storable_text
from schedule.access import general_relations
from schedule.models import Work
from schedule.work.kinds import KINDS


def get_work_for(user: User, code: str) -> Work:
    """Return the work of this code, for whoever asked for it, and for staff.

    Raises:
        Http404: there is none, or not for this person.
    """
    work = (
        Work.objects.without_files()
        .select_related("asked_by")
        .filter(code=storable_text(code))
        .first()
    )
    if work is None or work.kind not in KINDS:
        raise Http404
    if work.asked_by_id != user.pk and Relation.STAFF not in general_relations(user):
        raise Http404
    return work


def get_output_for(user: User, code: str) -> Work:
    """Return the work of this code with the file that it has made, for those who might ask for it today.

    Raises:
        Http404: there is none, or not for this person.
    """
    work = get_work_for(user, code)
    if not KINDS[work.kind].may_be_asked_for(user, work.arguments):
        raise Http404
    work.refresh_from_db(fields=["output"])
    if work.output is None:
        raise Http404
    return work
