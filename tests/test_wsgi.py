"""Input is read as UTF-8, also when it calls itself something that is no text at all."""

from __future__ import annotations

import pytest
import requests

pytestmark = pytest.mark.processes

FORM = '--x\r\nContent-Disposition: form-data; name="login"\r\n\r\nnobody\r\n--x--\r\n'


@pytest.mark.parametrize(
    "named", ["; charset=base64", ';CharSet="rot13"', "; charset*=utf-8''undefined"]
)
def test_page_is_shown_whatever_codec_a_visitor_names(live_site: str, named: str):
    named_so = {"Content-Type": f"text/plain{named}"}

    answer = requests.get(f"{live_site}/accounts/login/?next=/x", headers=named_so, timeout=30)

    assert answer.status_code == 200


def test_form_is_read_whatever_codec_it_names(live_site: str):
    named_so = {"Content-Type": "multipart/form-data; charset=base64; boundary=x"}

    answer = requests.post(
        f"{live_site}/accounts/login/?next=/x", data=FORM, headers=named_so, timeout=30
    )

    assert answer.status_code == 403, "it has no token"
