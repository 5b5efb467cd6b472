"""A rule of the database that a form breaks is told in words, also when somebody else was quicker."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.models import Model, ProtectedError
from django.forms.models import BaseModelForm
from django.test import Client
from django.utils import translation

from accounts.enums import Role
from accounts.models import RoleGrant, SchoolSettings, User
from edu_platform.lib.violations import violation_in_words
from replays.models import Retention
from schedule.models import ClassGroup, Membership
from tests.support.administration import list_of
from tests.support.threads import all_at_once

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases("how a broken rule is told")]

IN_IT_ALREADY = "The person is in this class group already."


@pytest.fixture
def blind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first form of each request sees nobody else's row, as when two are checked at once."""
    seen: set[int] = set()
    real: Any = vars(BaseModelForm)["_post_clean"]

    def once(form: Any) -> None:
        if id(form.data) in seen:
            real(form)
            return
        seen.add(id(form.data))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Model, "validate_unique", lambda *_args, **_options: None)
            patch.setattr(Model, "validate_constraints", lambda *_args, **_options: None)
            real(form)

    monkeypatch.setattr(BaseModelForm, "_post_clean", once)


@pytest.mark.usefixtures("blind")
class TestSomebodyWasQuicker:
    def test_retention(self, signed_in: Any, administrator: User, class_group: ClassGroup):
        Retention.objects.create(class_group=class_group, days=7)
        sent = {"class_group": class_group.pk, "days": 30}

        answer = signed_in(administrator, "en").post(f"{list_of(Retention)}add/", sent)

        assert list(answer.context["adminform"].form.errors) == ["class_group"]
        assert Retention.objects.get().days == 7


def test_two_clicks_at_once_end_in_words(
    administrator: User, class_group: ClassGroup, transactional_db: None
) -> None:
    def click(_number: int) -> int:
        browser = Client()
        browser.force_login(administrator)
        sent = {"class_group": class_group.pk, "days": 30}
        return browser.post(f"{list_of(Retention)}add/", sent).status_code

    answers = all_at_once(click, range(4))

    assert sorted(answers) == [200, 200, 200, 302]
    assert Retention.objects.count() == 1


def test_row_that_somebody_began_to_use_stays(
    signed_in: Any, planner: User, class_group: ClassGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Retention.objects.create(class_group=class_group, days=7)

    def used(_kept: Retention) -> None:
        raise ProtectedError("used", {kept})

    monkeypatch.setattr(Retention, "delete", used)

    answer = signed_in(planner, "en").post(
        f"{list_of(Retention)}{kept.pk}/delete/", {"post": "yes"}, follow=True
    )

    assert answer.status_code == 200
    assert "It is in use now and cannot be deleted." in answer.content.decode()
    assert Retention.objects.filter(pk=kept.pk).exists()


class TestWords:
    """Each kind of rule, as the database itself tells that it is broken."""

    def broken(self, work: Callable[[], object]) -> str:
        with pytest.raises(IntegrityError) as caught:
            work()
        with translation.override("en"):
            return violation_in_words(caught.value)

    def test_unique_column(self, student: User):
        said = self.broken(lambda: User.objects.create_user(student.username))

        assert said == "Somebody has this username already."

    def test_columns_together(self, student: User):
        said = self.broken(lambda: RoleGrant.objects.create(user=student, role=Role.STUDENT.value))

        assert said == "Role with this Person and Role already exists."

    def test_columns_under_a_condition(self, student: User, class_group: ClassGroup):
        said = self.broken(lambda: Membership.objects.create(user=student, class_group=class_group))

        assert said == IN_IT_ALREADY

    def test_check_with_words_of_its_own(self, student: User, class_group: ClassGroup):
        said = self.broken(
            lambda: Membership.objects.create(
                user=student,
                class_group=class_group,
                from_date=dt.date(2026, 2, 1),
                to_date=dt.date(2026, 1, 1),
            )
        )

        assert said == "The last day lies before the first."

    def test_check_without(self):
        said = self.broken(lambda: SchoolSettings.objects.create(pk=2))

        assert said == "These values do not go together: check them, then save again."
