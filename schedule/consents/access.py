"""The class groups whose consents somebody notes: the only door from a request to them."""

from __future__ import annotations

from django.http import Http404

from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.text import storable_text
from schedule.access import general_relations
from schedule.class_groups.access import class_groups_taught_by
from schedule.models import ClassGroup


def get_class_group_for(user: User, code: str) -> ClassGroup:
    """Return the class group of this code, when the person may note the consents of its students.

    Raises:
        Http404: there is none, or not for this person.
    """
    class_group = ClassGroup.objects.filter(code=storable_text(code)).first()
    if class_group is None or not may_note(user, class_group):
        raise Http404
    return class_group


def may_note(user: User, class_group: ClassGroup) -> bool:
    if may(Action.NOTE_CONSENT, general_relations(user)):
        return True
    is_class_teacher = class_groups_taught_by(user).filter(pk=class_group.pk).exists()
    return is_class_teacher and may(Action.NOTE_CONSENT, {Relation.CLASS_TEACHER})


def may_publish(user: User) -> bool:
    return may(Action.PUBLISH_CONSENT_TEXT, general_relations(user))
