"""Links of families and guests open something for everybody who has them: they are written down nowhere.

They are used at real processes, rightly and wrongly, and then looked for wherever these leave something.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import User
from deploy.services.processes import Child
from edu_platform.lib.long_work import WorkState
from schedule.models import ClassGroup, FamilySlips, Lesson, Work
from tests.support.cloud import LocalCloud
from tests.support.database_texts import database_texts
from tests.support.family_mails import EMAIL
from tests.support.site import Processes
from tests.support.web_session import WebSession

pytestmark = [pytest.mark.processes, pytest.mark.timeout(300)]

# The server writes a line a request, with the page that it came from.
ALL_LINES = "--access-logfile - --log-level debug"
FAMILY, GUEST = r"/family/([\w-]{32})/", r"/guest/([\w-]{32})/"
FEED, CONFIRM = r"/schedule/feeds/([\w-]+)\.ics", r"/family/confirm/([\w-]{32})/"


class Paths(dict[str, str]):
    """The addresses that open something, by what they are, and their secret parts."""

    @property
    def secrets(self) -> dict[str, str]:
        return {name: path.strip("/").split("/")[-1].split(".")[0] for name, path in self.items()}


@pytest.fixture
def running(lesson: Lesson) -> Lesson:
    now = timezone.now()
    Lesson.objects.update(starts_at=now, ends_at=now + dt.timedelta(minutes=45))
    return lesson


def test_links_without_an_account_are_in_no_log_no_table_and_no_mail_of_others(
    processes: Processes,
    tmp_path: Path,
    local_cloud: LocalCloud,
    planner: User,
    student: User,
    class_group: ClassGroup,
    running: Lesson,
):
    processes.env["EMAIL_URL"] = f"filemail:///{tmp_path}/mail"
    site = processes.start_web(GUNICORN_CMD_ARGS=ALL_LINES)
    web, worker = processes.last, processes.start_worker()
    office, visitor = WebSession(site), WebSession(site)
    office.sign_in_as(planner)
    paths = Paths(
        family=made_at(office, f"/people/{student.code}/family-links/", FAMILY, label="妈妈"),
        slip=printed(office, class_group, worker),
        guest=made_at(office, f"/schedule/lessons/{running.code}/guests/", GUEST, name="李作家"),
    )

    family_opens(visitor, paths["slip"])
    family_opens(visitor, paths["family"])
    paths["feed"] = only(FEED, visitor.ask("POST", f"{paths['family']}feed/").text)
    assert visitor.get(paths["feed"]).status_code == 200
    paths["confirm"] = mail_is_asked_for(visitor, paths["family"], tmp_path / "mail", worker)
    paths["stop"] = visitor.ask("POST", paths["confirm"]).headers["Location"].split("?")[0]
    assert visitor.ask("POST", paths["stop"]).status_code == 200
    guest_goes_in(visitor, paths["guest"], local_cloud)
    for path in paths.values():
        go_astray(visitor, path)

    mails = "".join(file.read_text() for file in (tmp_path / "mail").iterdir())
    places = {
        "log of the web process": web.log.read_text(errors="replace"),
        "log of the worker": worker.log.read_text(errors="replace"),
        "calls of the cloud": str(local_cloud.calls()),
        "mails": mails.replace(paths.secrets["confirm"], ""),
    }
    assert [
        (name, place)
        for name, secret in paths.secrets.items()
        for place in (*database_texts(secret), *(one for one in places if secret in places[one]))
    ] == []
    # They were about to be written.
    redacted = {*re.findall(r"/([a-z/]+)/\*\*\*", places["log of the web process"])}
    assert redacted == {"family", "family/confirm", "family/stop", "guest", "schedule/feeds"}


def only(pattern: str, text: str) -> str:
    """Return the one path of this pattern that a text has, however often."""
    (path,) = {match.group() for match in re.finditer(pattern, text)}
    return path


def made_at(office: WebSession, page: str, pattern: str, **fields: str) -> str:
    """Make a link by the form of a page, which shows it once."""
    answer = office.send(page, page=page, **fields)
    assert answer.status_code == 303, answer.text
    return only(pattern, office.get(answer.headers["Location"]).text)


def printed(office: WebSession, class_group: ClassGroup, worker: Child) -> str:
    """Return the link of the one student of a class group, as it stands on the slip."""
    page = f"/class-groups/{class_group.code}/family-slips/"
    assert office.send(page, page=page).status_code == 303
    worker.wait_until(lambda: Work.objects.get().state == WorkState.DONE)
    return only(
        FAMILY, office.get(f"/schedule/family-slips/{FamilySlips.objects.get().code}/").text
    )


def family_opens(visitor: WebSession, path: str) -> None:
    """Open a link as a messenger cuts it off, and press the button."""
    answers = [visitor.get(path.rstrip("/"), allow_redirects=True), visitor.ask("POST", path)]
    answers.append(visitor.get(path))
    assert [answer.status_code for answer in answers] == [200, 303, 200]


def mail_is_asked_for(visitor: WebSession, family: str, mails: Path, worker: Child) -> str:
    wish = {"email": EMAIL, "how": "at_once"}
    assert visitor.ask("POST", f"{family}mail/", data=wish).status_code == 303
    worker.wait_until(lambda: mails.is_dir() and any(mails.iterdir()))
    (file,) = mails.iterdir()
    worker.wait_until(lambda: re.search(CONFIRM, file.read_text()) is not None)
    return only(CONFIRM, file.read_text())


def guest_goes_in(visitor: WebSession, path: str, local_cloud: LocalCloud) -> None:
    answers = [visitor.get(path.rstrip("/"), allow_redirects=True), visitor.ask("POST", path)]
    assert [answer.status_code for answer in answers] == [200, 303]
    assert answers[1].headers["Location"].startswith(local_cloud.class_url)


def go_astray(visitor: WebSession, path: str) -> None:
    """Use an address as people, their programs and other servers may, without harm and without success."""
    visitor.get(f"{path}。")
    visitor.get(path.replace("-", "%2D").replace("_", "%5F"))
    visitor.ask("PUT", path)
    visitor.get(f"/nothing/?next={path.replace('/', '%2F')}")
    visitor.get("/accounts/login/", headers={"Referer": f"{visitor.url}{path}"})
