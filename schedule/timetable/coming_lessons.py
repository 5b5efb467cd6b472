from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from accounts.enums import Role
from accounts.models import User
from schedule.enums import LessonState
from schedule.models import Lesson


def has_lessons_to_come(person: User, role: Role) -> bool:
    """Tell whether a teacher is planned in a lesson that has not ended, as teacher or assistant; drafts count."""
    if role != Role.TEACHER:
        return False
    to_come = Lesson.objects.filter(ends_at__gt=timezone.now()).exclude(state=LessonState.CANCELLED)
    return to_come.filter(Q(teacher=person) | Q(assistants=person)).exists()
