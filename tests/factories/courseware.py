from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from factory.declarations import LazyAttribute, LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from accounts.enums import Role
from courseware.enums import CoursewareState
from courseware.filetypes.formats import FORMATS
from courseware.models import Binding, Courseware, Tag, Upload
from tests.factories.accounts import UserFactory
from tests.factories.schedule import UnplannedLessonFactory

RESULTS = "https://tcic-test-1257307760.qcloudclass.com/doc"


class CoursewareFactory(DjangoModelFactory[Courseware]):
    """A PDF of one MiB that the cloud has made pages of, written as a row.

    With `content` the file lies on the storage too, and size and hash are those of it; `tags` are
    names. Kind and transcoding follow `suffix`.
    """

    class Meta:
        model = Courseware

    owner = SubFactory(UserFactory, roles=(Role.TEACHER,))
    suffix = "pdf"
    name = Sequence(lambda number: f"课件{number}")
    size_bytes = 1024 * 1024
    state = CoursewareState.READY
    pages = 12
    kind = LazyAttribute(lambda fields: FORMATS[fields.suffix].kind)
    transcode_type = LazyAttribute(lambda fields: FORMATS[fields.suffix].transcode_type)
    sha256 = Sequence(lambda number: hashlib.sha256(str(number).encode()).hexdigest())
    document_id = Sequence(lambda number: f"doc{number}")
    result_url = Sequence(lambda number: f"{RESULTS}/{number}_tiw/picture/")

    @classmethod
    def _create(cls, model_class: type[Courseware], *args: Any, **fields: Any) -> Courseware:
        content, tags = fields.pop("content", None), fields.pop("tags", ())
        if "." not in fields["name"]:
            fields["name"] += f".{fields['suffix']}"
        if content is not None:
            fields |= {
                "size_bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "file": ContentFile(content, name=fields["name"]),
            }
        courseware = Courseware.objects.create(**fields)
        if tags:
            courseware.tags.set([Tag.objects.get_or_create(name=name)[0] for name in tags])
        return courseware


class BindingFactory(DjangoModelFactory[Binding]):
    """Courseware of a lesson, of which the cloud knows nothing yet."""

    class Meta:
        model = Binding

    courseware = SubFactory(CoursewareFactory)
    lesson = SubFactory(UnplannedLessonFactory)


class UploadFactory(DjangoModelFactory[Upload]):
    """An upload of 4 MiB that goes on: nothing has come yet."""

    class Meta:
        model = Upload

    owner = SubFactory(UserFactory, roles=(Role.TEACHER,))
    filename = Sequence(lambda number: f"课件{number}.pdf")
    suffix = "pdf"
    length_bytes = 4 * 1024 * 1024
    expires_at = LazyFunction(lambda: timezone.now() + dt.timedelta(days=1))
