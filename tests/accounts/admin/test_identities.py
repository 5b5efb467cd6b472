"""The registrations of people in the cloud, as staff see them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.models import ClassroomIdentity, User
from tests.cast import SignedIn
from tests.support.pages import read


@pytest.mark.django_db
def test_what_is_put_off_is_told_in_the_words_of_other_pages(
    signed_in: SignedIn, superuser: User, student: User
) -> None:
    at = timezone.now()
    identity = ClassroomIdentity.objects.create(
        user=student,
        sdk_app_id=1,
        due_at=at + dt.timedelta(hours=1),
        unreachable_since=at,
        last_error="Silent: no answer",
    )

    response = signed_in(superuser).get(f"/admin/accounts/classroomidentity/{identity.pk}/change/")

    assert response.status_code == 200
    labels = {label.text for label in read(response.content).all("label")}
    assert {"下次处理：", "无应答自：", "最近的错误："} <= {
        label.replace(":", "：") for label in labels
    }
    assert not [label for label in labels if label.startswith(("Due", "Unreachable", "Last"))]
