"""The text of the consent: published in versions, after a preview; and prints that are checked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.audit_words import details_in_words
from accounts.enums import AuditKind
from accounts.models import AuditEntry, User
from schedule.models import Consent, ConsentText
from tests.cast import SignedIn
from tests.factories.schedule import ConsentTextFactory
from tests.schedule.consents.conftest import Agrees
from tests.support.pages import main

pytestmark = pytest.mark.django_db

TEXT = "/schedule/consents/text/"
CHECK = "/schedule/consents/check/"
SENT = {"chinese_text": "我同意。", "english_text": "I agree."}


@pytest.fixture
def client(signed_in: SignedIn, administrator: User) -> Client:
    return signed_in(administrator, "en")


def publish(client: Client, **more: str) -> Any:
    return client.post(TEXT, {**SENT, "publish": "yes", **more})


class TestText:
    def test_others_cannot_see_it_here(self, signed_in: SignedIn, planner: User, teacher: User):
        for user in (planner, teacher):
            for address in (TEXT, CHECK):
                assert signed_in(user).get(address).status_code == 404
            assert publish(signed_in(user)).status_code == 404

    def test_a_school_without_one_finds_a_proposal_that_is_not_in_force(self, client: Client):
        page = main(client.get(TEXT))

        assert "我同意" in page.one("textarea", name="chinese_text").text
        assert "Nobody is asked yet." in page.text
        assert not ConsentText.objects.exists()

    def test_the_preview_saves_nothing_and_leads_back_with_all_that_was_typed(self, client: Client):
        preview = main(client.post(TEXT, {**SENT, "check": "yes"}))
        assert "I agree." in preview.text
        again = main(client.post(TEXT, {**SENT, "back": "yes"}))

        assert again.one("textarea", name="english_text").text == "I agree."
        assert not ConsentText.objects.exists()

    def test_publication_makes_the_next_version(self, client: Client, administrator: User):
        for known in ("0", "1"):
            assert publish(client, known=known, asks_again="on").status_code == 303

        first, second = ConsentText.objects.order_by("number")
        assert (first.number, second.number, second.published_by) == (1, 2, administrator)
        entry = AuditEntry.objects.filter(kind=AuditKind.CONSENT_TEXT_CHANGED).latest("pk")
        assert "2" in details_in_words(entry)

    def test_of_two_who_publish_at_once_one_is_told(self, client: Client):
        ConsentTextFactory.create(number=1)

        answer = publish(client, known="0")

        assert answer.status_code == 409
        page = main(answer)
        assert "Somebody has published another version" in page.text
        assert page.one("textarea", name="chinese_text").text == "我同意。"
        assert ConsentText.objects.count() == 1

    def test_an_empty_text_is_refused(self, client: Client):
        assert publish(client, chinese_text=" ").status_code == 422
        assert not ConsentText.objects.exists()

    def test_a_proposal_that_names_nobody_to_ask_is_refused(self, client: Client):
        form = main(client.get(TEXT))
        sent = {name: form.one("textarea", name=name).text for name in SENT}

        answer = publish(client, **sent)

        assert answer.status_code == 422
        assert "Fill in at the end whom to ask" in main(answer).text
        assert not ConsentText.objects.exists()

    def test_leads_to_the_class_groups_that_led_to_it(self, client: Client):
        assert main(client.get(TEXT)).all("a", href="/class-groups/")

    def test_earlier_versions_can_be_read(self, client: Client):
        old = ConsentTextFactory.create(number=1)
        ConsentTextFactory.create(number=2)

        assert old.chinese_text in main(client.get(TEXT)).text


class TestCheck:
    @pytest.fixture
    def consent(self, student: User, agrees: Agrees) -> Consent:
        return agrees(student, "王大山", "父亲")

    def check(self, client: Client, consent: Consent, **more: str) -> str:
        sent = {
            "code": consent.code,
            "name": consent.person.display_name,
            "guardian_name": "王大山",
            "guardian_relation": "父亲",
        }
        answer = client.post(CHECK, {**sent, **more})
        assert answer.status_code == 200
        return main(answer).text

    def test_what_the_print_says_is_found_again(self, client: Client, consent: Consent):
        assert "These people gave this consent." in self.check(client, consent)

    def test_also_when_no_name_of_theirs_is_kept(self, client: Client, consent: Consent):
        name = consent.person.display_name
        User.objects.filter(pk=consent.person_id).update(display_name="已注销", username="x1")
        Consent.objects.filter(pk=consent.pk).update(guardian_name="", guardian_relation="")

        assert "These people gave this consent." in self.check(client, consent, name=name)
        assert "These people gave" not in self.check(client, consent, name="已注销")

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", "none"),
            ("name", "李小明"),
            ("guardian_name", ""),
            ("guardian_relation", "母亲"),
        ],
    )
    def test_other_people_are_told_nothing(
        self, client: Client, consent: Consent, field: str, value: str
    ):
        page = self.check(client, consent, **{field: value})

        assert "No such consent was given by these people." in page
        assert f"{consent.given_at:%Y-%m-%d}" not in page

    def test_blanks_and_capitals_make_no_difference(self, client: Client, consent: Consent):
        assert "These people gave this consent." in self.check(
            client, consent, name=f" {consent.person.display_name}  "
        )

    def test_another_text_is_another_consent(self, client: Client, consent: Consent):
        ConsentText.objects.filter(pk=consent.text_id).update(chinese_text="我不同意。")

        assert "No such consent" in self.check(client, consent)
