"""Plant what stands of a person in files, and in what the platform makes of them."""

from __future__ import annotations

import hashlib
import io
import zlib

from django.utils import timezone
from openpyxl import Workbook

from accounts.enums import Role
from accounts.models import Incident
from courseware.models import Upload
from edu_platform.lib.long_work import WorkState
from schedule.enums import ActionOrigin, FetNameKind, ImportTopic
from schedule.models import (
    CalendarFeed,
    CheckedFile,
    CheckedRows,
    FetName,
    ImportedFile,
    ImportedPerson,
    Work,
)
from tests.factories.courseware import CoursewareFactory
from tests.support.planting.person import Planted, another
from tests.support.tus import Tus


def plant_upkeep(planted: Planted) -> None:
    _courseware(planted)
    _imports(planted)
    _checked(planted)
    _work(planted)
    digest = hashlib.sha256(planted.mark.encode()).hexdigest()
    CalendarFeed.objects.create(
        user=planted.person, token_digest=planted.text("calendar feed", digest)
    )
    Incident.objects.create(
        noticed_on=timezone.localdate(),
        what=f"letter to {planted.text('incident', f'{planted.mark}@home.example was lost')}",
        noted_by=another(Role.ADMINISTRATOR, "administrator"),
    )


def _courseware(planted: Planted) -> None:
    CoursewareFactory.create(
        owner=planted.person,
        name=f"{planted.named('courseware')}.pdf",
        filename=f"{planted.named('file of courseware')}.pdf",
    )
    tus = Tus(planted.person)
    begun = planted.text("unfinished upload", f"{planted.mark} half.h264")
    path = tus.begun(begun, 4096)
    piece = f"half of a file of {planted.mark}".encode()
    assert tus.send(path, 0, piece).status_code == 204
    planted.pieces["part of an upload"] = piece
    assert Upload.objects.filter(owner=planted.person).exists()


def _imports(planted: Planted) -> None:
    file = ImportedFile.objects.create(
        topic=ImportTopic.PEOPLE,
        by=another(Role.ADMINISTRATOR, "administrator"),
        origin=ActionOrigin.PAGE,
        file_name=planted.text("name of an imported file", f"{planted.person.username} 名单.xlsx"),
    )
    ImportedPerson.objects.create(
        file=file,
        user=planted.person,
        before=None,
        after={"display_name": planted.named("imported row")},
    )
    FetName.objects.create(
        kind=FetNameKind.TEACHER, user=planted.person, name=planted.named("name in FET")
    )


def _checked(planted: Planted) -> None:
    """Files that somebody else was about to import, and one of the person's own."""
    planner = another(Role.PLANNER, f"planner of {planted.mark}".replace(" ", "-"))
    row = f"{planted.person.username},{planted.text('checked row', f'校区 {planted.mark}')}"
    CheckedFile.objects.create(
        user=planner, topic=ImportTopic.PEOPLE, name="名单.csv", content=row.encode("gb18030")
    )
    packed = (
        f'["{planted.person.username}", "{planted.text("packed row", f"班级 {planted.mark}")}"]'
    )
    CheckedRows.objects.create(
        user=planner,
        topic=ImportTopic.PEOPLE,
        name="名单.csv",
        packed=zlib.compress(packed.encode()),
    )
    CheckedFile.objects.create(
        user=planted.person,
        topic=ImportTopic.LESSONS,
        name=planted.named("own file"),
        content=b"x",
    )


def _work(planted: Planted) -> None:
    planner = another(Role.PLANNER, "planner")
    book, content = Workbook(), io.BytesIO()
    cell = planted.text("cell of a workbook", f"教师 {planted.mark}")
    book.create_sheet().append([planted.person.username, cell])
    book.save(content)
    at, ended = timezone.now(), {"state": WorkState.DONE, "kind": "attendance.export"}
    Work.objects.create(
        asked_by=planner, scope=planted.mark, output=content.getvalue(), ended_at=at, **ended
    )
    own = planted.text("file of own work", f"{planted.mark} export.zip")
    Work.objects.create(
        asked_by=planted.person, scope=f"{planted.mark} 2", file_name=own, ended_at=at, **ended
    )
