"""The addresses from which files are fetched do not get into logs."""

from __future__ import annotations

import http.client
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from accounts.models import User
from courseware.enums import CoursewareState
from courseware.services.fetch_urls import fetch_address
from edu_platform.lib.bounded_log import BoundedLog
from edu_platform.logs import OUTSIDERS_LINES_A_MINUTE, install_redaction
from tests.cast import SignedIn
from tests.factories.courseware import CoursewareFactory
from tests.support.site import Processes

TOKEN = "tok_en-A1:b2:c3"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Yield what a handler writes that somebody else has set up."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger("somebody").addHandler(handler)
    yield stream
    logging.getLogger("somebody").removeHandler(handler)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (f"/courseware/fetch/{TOKEN}/a-1.pdf", "/courseware/fetch/***/a-1.pdf"),
        (f"/courseware/fetch/{TOKEN}", "/courseware/fetch/***"),
        (f"GET /courseware/fetch/{TOKEN}/a.pdf HTTP/1.1", "GET /courseware/fetch/***/a.pdf HTTP/1.1"),
        (
            f"https://school.example/courseware/fetch/{TOKEN}/a.pdf?b=c",
            "https://school.example/courseware/fetch/***/a.pdf?b=c",
        ),
        ("/courseware/fetch/tok%3Aen%2D/a.pdf", "/courseware/fetch/***/a.pdf"),
        (
            "/login/?next=%2Fcourseware%2Ffetch%2Ftok%3Aen%2Fa.pdf",
            "/login/?next=%2Fcourseware%2Ffetch%2F***%2Fa.pdf",
        ),
        ("next=%252fcourseware%252ffetch%252ftok%252fa", "next=%252fcourseware%252ffetch%252f***%252fa"),
        (f'{{"url":"\\/courseware\\/fetch\\/{TOKEN}\\/a"}}', '{"url":"\\/courseware\\/fetch\\/***\\/a"}'),
        (
            f"'/courseware/fetch/{TOKEN}/a' \"/courseware/fetch/{TOKEN}/b\"",
            "'/courseware/fetch/***/a' \"/courseware/fetch/***/b\"",
        ),
        (f"GET /replays/shared/{TOKEN}/play/?file=1 HTTP/1.1", "GET /replays/shared/***/play/?file=1 HTTP/1.1"),
        (f"GET /schedule/feeds/{TOKEN}.ics HTTP/1.1", "GET /schedule/feeds/*** HTTP/1.1"),
        (f"GET /family/{TOKEN}。 HTTP/1.1", "GET /family/*** HTTP/1.1"),
        (f"POST /family/confirm/{TOKEN}/ HTTP/1.1", "POST /family/confirm/***/ HTTP/1.1"),
        (f"GET /family/stop/{TOKEN}/ HTTP/1.1", "GET /family/stop/***/ HTTP/1.1"),
        ("GET /help/family/ HTTP/1.1", "GET /help/family/ HTTP/1.1"),
        ("next=%2Freplays%2Fshared%2Ftok%2F", "next=%2Freplays%2Fshared%2F***%2F"),
        ("GET /accounts/password/reset/key/3-abc-def/ HTTP/1.1", "GET /accounts/password/reset/key/***/ HTTP/1.1"),
        ("GET /accounts/handover/?ticket=eyJh.eyJi.c-_d HTTP/1.1", "GET /accounts/handover/?ticket=*** HTTP/1.1"),
        ("/accounts/handover/?next=/&ticket=eyJh.eyJi.c#a", "/accounts/handover/?next=/&ticket=***#a"),
        ("/accounts/handover/?ticket=eyJh.eyJi.c&next=/", "/accounts/handover/?ticket=***&next=/"),
        ("next=%2Fhandover%2F%3Fticket%3DeyJh.eyJi%26next%3D", "next=%2Fhandover%2F%3Fticket%3D***%26next%3D"),
        ("a ticket is refused: it was used", "a ticket is refused: it was used"),
        ("qyapi.weixin.qq.com/cgi-bin/webhook/send?key=69-a", "qyapi.weixin.qq.com/cgi-bin/webhook/send?key=***"),
        ("oapi.dingtalk.com/robot/send?access_token=a1&b=c", "oapi.dingtalk.com/robot/send?access_token=***&b=c"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/a-1/", "https://open.feishu.cn/open-apis/bot/v2/hook/***/"),
        (
            "GET /accounts/cas/callback/?state=a&ticket=ST-1-b.c HTTP/1.1",
            "GET /accounts/cas/callback/?state=a&ticket=*** HTTP/1.1",
        ),
        ("/accounts/cas/callback/?ticket=ST-1&state=a", "/accounts/cas/callback/?ticket=***&state=a"),
        ("next=%2Fa%2F%3Fticket%3DST-1%26b%3Dc", "next=%2Fa%2F%3Fticket%3D***%26b%3Dc"),
        (
            "https://class.example/class.html?userid=u&token=a.b-c&lng=en",
            "https://class.example/class.html?userid=u&token=***&lng=en",
        ),
        ("csrfmiddlewaretoken=abc&login=x", "csrfmiddlewaretoken=***&login=x"),
        ("redis://:pass@redis:6379/0 is away", "redis://:***@redis:6379/0 is away"),
        ("smtp+tls://user:pass@mail:587", "smtp+tls://user:***@mail:587"),
        ("redis://:p@ss:w@rd@redis:6379/0 is away", "redis://:***@redis:6379/0 is away"),
        (
            "GET /accounts/oidc/school/login/callback/?code=a1.b-2&state=c HTTP/1.1",
            "GET /accounts/oidc/school/login/callback/?code=***&state=c HTTP/1.1",
        ),
        ("next=%2Fcallback%2F%3Fcode%3Da1%26state%3Dc", "next=%2Fcallback%2F%3Fcode%3D***%26state%3Dc"),
        ("https://vod.example/a.mp4?t=6&us=7&sign=ab12", "https://vod.example/a.mp4?t=6&us=7&sign=***"),
        ("/b/k?X-Amz-Signature=ab12&X-Amz-Date=1", "/b/k?X-Amz-Signature=***&X-Amz-Date=1"),
        ('{"Token": "a.b-c", "UserId": "u"}', '{"Token": "***", "UserId": "u"}'),
        ("{'client_secret': 'abc', 'b': 1}", "{'client_secret': '***', 'b': 1}"),
        (r'"{\"Sign\": \"ab12\", \"EventType\": \"a\"}"', r'"{\"Sign\": \"***\", \"EventType\": \"a\"}"'),
        ("Authorization: Bearer abc", "Authorization: ***"),
        ("{'Cookie': 'sessionid=abc; csrftoken=d'}", "{'Cookie': '***'}"),
        ("'Cookie : sessionid=abc'", "'Cookie : ***'"),
        ("wecombot://69-a-b is refused", "wecombot://*** is refused"),
        ("not sent to 'dingtalk://s3c@t0k/'", "not sent to 'dingtalk://***'"),
        ("tgram://123:abc/456", "tgram://***"),
        (
            'violates unique constraint "a_key"\nDETAIL:  Key (username)=(王小明) already exists.',
            'violates unique constraint "a_key"\nDETAIL:  ***',
        ),
        ("违反唯一约束\n描述:  键值\"(username)=(a)\" 已经存在", "违反唯一约束\n描述:  ***"),
        ("sqlite:///var/db.sqlite3 and http://a.b/c", "sqlite:///var/db.sqlite3 and http://a.b/c"),
        ("cloud: code=LimitExceeded, design=b", "cloud: code=LimitExceeded, design=b"),
        ("/replays/abcdefgh/share/", "/replays/abcdefgh/share/"),
        ("/courseware/fetched/abc/", "/courseware/fetched/abc/"),
        ("100 % of it", "100 % of it"),
        *(
            (f"GET {path}/{TOKEN}/?a=1 404", "GET /schedule/now/wall/***/?a=1 404")
            for path in (
                "/schedule/now/%77all",
                "/schedule/now/%2577all",
                "/schedule/./now/wall",
                "/schedule/now/x/../wall",
                "/schedule/now/%2e/wall/.",
            )
        ),
        (f"//schedule//now///wall//{TOKEN}/", "//schedule//now///wall//***/"),
        (f"/schedule/now/wall/./{TOKEN}/", "/schedule/now/wall/***/"),
        ("/schedule/now/./walls/a%20b/end/", "/schedule/now/./walls/a%20b/end/"),
        (f"GET /guest/{TOKEN} HTTP/1.1", "GET /guest/*** HTTP/1.1"),
        (f"GET /family/{TOKEN}/feed/?a=1 404", "GET /family/***/feed/?a=1 404"),
        (f"https://school.example/guest/{TOKEN}/", "https://school.example/guest/***/"),
        (f"{{'path': 'guest/{TOKEN}/'}}", "{'path': 'guest/***/'}"),
        ("next=%2Fguest%2Ftok%2F", "next=%2Fguest%2F***%2F"),
        *(
            (f"GET {path}/{TOKEN}/ 404", f"GET {hidden}/***/ 404")
            for path, hidden in (
                *(("/%67uest", "/guest"), ("/%2567uest", "/guest"), ("/./guest", "/./guest")),
                *(("//guest", "//guest"), ("/x/../guest/.", "/guest"), ("/f%61mily", "/family")),
                *(("/schedule/../family", "/schedule/../family"), ("/family/%2e%2e/%66amily", "/family")),
            )
        ),
        ("/schedule/lessons/abc/guests/def/end/", "/schedule/lessons/abc/guests/def/end/"),
        ("schedule/families/a.py no-guest/a", "schedule/families/a.py no-guest/a"),
    ],
)  # fmt: skip
class TestTexts:
    def test_address_is_hidden_in_a_message(self, written: io.StringIO, text: str, hidden: str):
        logging.getLogger("somebody").warning(text)

        assert written.getvalue() == f"{hidden}\n"

    def test_address_is_hidden_in_what_a_message_is_about(
        self, written: io.StringIO, text: str, hidden: str
    ):
        logging.getLogger("somebody").warning("%s: %s", "Not Found", text)
        logging.getLogger("somebody").warning("%(path)s", {"path": text})

        assert written.getvalue() == f"Not Found: {hidden}\n{hidden}\n"

    def test_address_is_hidden_in_an_exception(self, written: io.StringIO, text: str, hidden: str):
        failed = LookupError("outer")
        failed.__cause__ = ValueError(text)

        logging.getLogger("somebody").error("it failed", exc_info=failed)

        assert written.getvalue() == (
            f"it failed\nValueError: {hidden}\n\n"
            "The above exception was the direct cause of the following exception:\n\n"
            "LookupError: outer\n"
        )


def test_message_that_does_not_fit_its_words_harms_nobody(written: io.StringIO, monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)

    logging.getLogger("somebody").warning("%s %s", *["one"])
    logging.getLogger("somebody").warning("next")

    assert written.getvalue() == "next\n"


def test_records_are_changed_once_however_often_it_is_asked_for():
    before = logging.getLogRecordFactory()

    install_redaction()

    assert logging.getLogRecordFactory() is before


def test_trace_of_a_refusal_is_not_put_into_words(caplog: pytest.LogCaptureFixture):
    django = logging.getLogger("django.request")

    django.warning("refused", exc_info=PermissionDenied())
    django.error("failed", exc_info=PermissionDenied())

    assert [bool(record.exc_info) for record in caplog.records] == [False, True]


@pytest.mark.django_db
def test_refused_request_is_logged_without_its_token(caplog: pytest.LogCaptureFixture):
    Client().get("/courseware/fetch/tok:en/a.pdf")
    Client().post("/courseware/fetch/tok:en/a.pdf")
    Client().get("/schedule/feeds/tok-en.ics")
    Client().post("/schedule/feeds/tok-en.ics")

    assert [
        record.getMessage() for record in caplog.records if record.name == "django.request"
    ] == [
        "Not Found: /courseware/fetch/***/a.pdf",
        "Method Not Allowed (POST): /courseware/fetch/***/a.pdf",
        "Not Found: /schedule/feeds/***",
        "Method Not Allowed (POST): /schedule/feeds/***",
    ]


def ask(site: str, method: str, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(site).netloc, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        answer.read()
    finally:
        connection.close()
    return answer.status


@pytest.mark.processes
def test_web_process_writes_no_token(processes: Processes):
    """Also where its server's own lines go, of requests and of connections that broke."""
    image = CoursewareFactory.create(content=b"content", suffix="png", state=CoursewareState.READY)
    place = Path(processes.env["MEDIA_ROOT"]) / str(image.file.name)
    place.parent.mkdir(parents=True)
    site = processes.start_web(GUNICORN_CMD_ARGS="--access-logfile - --log-level debug")
    path = urlsplit(fetch_address(image, number=1)).path
    token = path.split("/")[3]
    encoded = path.replace("-", "%2D").replace("_", "%5F")

    place.write_bytes(b"content")
    found = ask(site, "GET", path)
    place.write_bytes(b"cont")
    with pytest.raises(http.client.IncompleteRead):
        ask(site, "GET", path)
    place.unlink()
    refused = [
        ask(site, "GET", path, Referer=f"{site}{path}"),
        ask(site, "GET", encoded),
        ask(site, "POST", path),
        ask(site, "GET", f"/nothing/?next={path.replace('/', '%2F')}"),
    ]

    written = processes.last.log.read_text(errors="replace")
    assert (found, refused) == (200, [404, 404, 403, 404])
    assert written.count("/courseware/fetch/***/") >= 8
    assert "shorter than it was" in written
    assert token not in written
    assert token.replace("-", "%2D").replace("_", "%5F") not in written


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what the platform's own handler writes, however many refusals other tests caused within the minute."""
    stream = io.StringIO()
    monkeypatch.setattr(own_handler(), "stream", stream)
    admit_refusals(monkeypatch, OUTSIDERS_LINES_A_MINUTE)
    return stream


def own_handler() -> logging.Handler:
    (handler,) = (each for each in logging.getLogger().handlers if each.name == "console")
    return handler


def admit_refusals(monkeypatch: pytest.MonkeyPatch, lines_a_minute: int) -> None:
    """Have the platform's own handler count refusals from now on, and write this many a minute."""
    (refusals,) = own_handler().filters
    log = BoundedLog(logging.getLogger("edu_platform.logs"), "refused requests", lines_a_minute)
    monkeypatch.setattr(refusals, "_refusals", log)


@pytest.mark.django_db
class TestRefusals:
    """Anybody may cause them, and any number: a line each, without a trace of the code."""

    def test_of_what_somebody_may_not_do(
        self, signed_in: SignedIn, student: User, console: io.StringIO
    ):
        answer = signed_in(student).post("/courseware/upload/", {"file": ""})

        assert answer.status_code == 403
        (line,) = console.getvalue().splitlines()
        assert line.endswith("Forbidden (Permission denied): /courseware/upload/")

    def test_of_a_name_that_is_not_ours(self, client: Client, console: io.StringIO):
        answer = client.get("/accounts/login/", headers={"Host": "elsewhere.example"})

        assert answer.status_code == 400
        assert all("Traceback" not in line for line in console.getvalue().splitlines())
        assert "Invalid HTTP_HOST" in console.getvalue()

    def test_are_few_lines_when_there_are_very_many(
        self, client: Client, console: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ):
        admit_refusals(monkeypatch, 3)

        for number in range(5):
            client.get(f"/nothing/{number}/")

        assert [line.rpartition(" ")[2] for line in console.getvalue().splitlines()] == [
            f"/nothing/{number}/" for number in range(3)
        ]

    def test_leave_faults_their_traces(self, console: io.StringIO):
        for name in ("django.request", "classroom.views"):
            try:
                int(name)
            except ValueError:
                logging.getLogger(name).exception("a fault", extra={"status_code": 500})

        assert console.getvalue().count("Traceback") == 2
