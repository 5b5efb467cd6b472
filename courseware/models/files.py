"""Courseware files, and their documents in the cloud."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import make_code
from classroom.enums import Source
from courseware.enums import CoursewareState, Failure, FileKind, TranscodeType
from edu_platform.lib.due import DueQuerySet, DueWork
from edu_platform.lib.secret_tokens import make_secret_token

SHA256_CHARS = 64
# Migrations know it by this name.
make_fetch_token = make_secret_token


def storage_name(courseware: Courseware, _filename: str) -> str:
    """Return where a file lies in the storage: never under a name that somebody chose."""
    return f"courseware/{courseware.code}/{secrets.token_hex(8)}.{courseware.suffix}"


TAG_CHARS = 32


class Tag(models.Model):
    name = models.CharField(_("name"), max_length=TAG_CHARS, unique=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")

    def __str__(self) -> str:
        return self.name


class CoursewareQuerySet(DueQuerySet["Courseware"]):
    def kept(self) -> CoursewareQuerySet:
        """Return what people have: neither being deleted, nor another version of what they have."""
        return self.filter(deleted_at=None, version_of=None)

    def for_class(self) -> CoursewareQuerySet:
        """Return those that are to be ready in the cloud: what people have, and newer versions on their way."""
        return self.filter(deleted_at=None, superseded_at=None)

    def stored(self) -> CoursewareQuerySet:
        """Return those whose file is on the storage: of superseded versions it goes when no class has them."""
        return self.exclude(superseded_at__isnull=False, file="")


class Courseware(DueWork):
    """One file for class: on our storage first, then in the cloud, which may transcode it.

    Due work is to submit it, to poll it, or to delete it, depending on its other columns.

    A newer version is a row beside (`coming`), and goes the same way. When it is ready, the two rows
    exchange their files and documents, so that everything that names the courseware has the new one. The
    other row then holds the superseded version, and stays as its history.
    """

    code = models.CharField(
        _("code"), max_length=16, unique=True, default=make_code, editable=False
    )
    # Empty: the school's own.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="courseware",
        null=True,
        blank=True,
        verbose_name=_("owner"),
    )
    is_public = models.BooleanField(_("for all teachers of the school"), default=False)
    tags = models.ManyToManyField(
        Tag, related_name="courseware", blank=True, verbose_name=_("tags")
    )
    name = models.CharField(_("name"), max_length=200)

    # Empty: it is no version of another. Indexes of their own, because few rows have these.
    version_of = models.ForeignKey(
        "self",
        models.SET_NULL,
        related_name="versions",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("version of"),
    )
    coming = models.ForeignKey(
        "self",
        models.SET_NULL,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("newer version on its way"),
    )
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True)

    # The file itself; the suffix is lower-case, without its dot.
    file = models.FileField(_("file"), upload_to=storage_name, max_length=200)
    suffix = models.CharField(_("ending"), max_length=8)
    kind = models.CharField(_("kind"), max_length=16, choices=FileKind.choices)
    size_bytes = models.BigIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=SHA256_CHARS, db_index=True)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    # Empty: the owner.
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name=_("uploaded by"),
    )
    # As it was uploaded, whatever it is called now. Empty: not known.
    filename = models.CharField(
        _("name of the file"), max_length=200, blank=True, default="", db_default=""
    )

    # In the cloud.
    transcode_type = models.PositiveSmallIntegerField(
        _("transcoding"), choices=TranscodeType.choices
    )
    document_id = models.CharField(_("document in the cloud"), max_length=128, blank=True)
    state = models.CharField(
        _("state"),
        max_length=16,
        choices=CoursewareState.choices,
        default=CoursewareState.QUEUED,
    )
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now)
    percent = models.PositiveSmallIntegerField(_("percent"), default=0)
    failure = models.CharField(
        _("why it failed"), max_length=16, choices=Failure.choices, blank=True
    )
    # In the cloud's own words.
    cloud_reason = models.CharField(_("what the cloud says"), max_length=500, blank=True)
    # The cloud may report 0 pages of a document that has some.
    pages = models.PositiveIntegerField(_("pages"), null=True, blank=True)
    result_url = models.TextField(_("result in the cloud"), blank=True)
    cover_url = models.TextField(_("cover in the cloud"), blank=True)

    # For the cloud alone: the address from which it fetches the file. What is not transcoded keeps it
    # for as long as the document exists, because the class itself loads it.
    fetch_token = models.CharField(
        max_length=64, unique=True, default=make_secret_token, editable=False
    )

    # The questions to the cloud: the last answer, the next question.
    # Set before CreateDocument is called, whose answer may be lost.
    submitted_at = models.DateTimeField(_("given to the cloud"), null=True, blank=True)
    # The number of the call that is under way, or that made the document.
    call_number = models.PositiveSmallIntegerField(_("tries"), default=0)
    asked_at = models.DateTimeField(_("cloud last asked"), null=True, blank=True)
    asked_because = models.CharField(
        _("asked because of"), max_length=16, choices=Source.choices, blank=True
    )
    due_at = models.DateTimeField(_("asks next"), null=True, blank=True)
    unreachable_since = models.DateTimeField(_("no answer since"), null=True, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)

    # Set when somebody deletes it; a worker takes it out of rooms, of the cloud, and off the storage.
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)

    objects = CoursewareQuerySet.as_manager()

    class Meta:
        verbose_name = _("courseware")
        verbose_name_plural = _("courseware")
        constraints = [
            models.UniqueConstraint(
                fields=["document_id"],
                condition=~Q(document_id=""),
                name="courseware_courseware_document_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=FileKind.values), name="courseware_courseware_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(state__in=CoursewareState.values),
                name="courseware_courseware_known_state",
            ),
            models.CheckConstraint(
                condition=Q(failure__in=["", *Failure.values]),
                name="courseware_courseware_known_failure",
            ),
            models.CheckConstraint(
                condition=Q(percent__lte=100), name="courseware_courseware_percent"
            ),
        ]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="courseware_by_upload"),
            models.Index(fields=["owner", "-uploaded_at"], name="courseware_by_owner"),
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="courseware_due",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(deleted_at__isnull=False),
                name="courseware_deleted",
            ),
            models.Index(
                fields=["version_of"],
                condition=Q(version_of__isnull=False),
                name="courseware_versions",
            ),
            models.Index(
                fields=["coming"],
                condition=Q(coming__isnull=False),
                name="courseware_coming",
            ),
            models.Index(
                fields=["uploaded_by"],
                condition=Q(uploaded_by__isnull=False),
                name="courseware_by_uploader",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    @property
    def is_ready(self) -> bool:
        return self.state == CoursewareState.READY

    @property
    def has_failed(self) -> bool:
        return self.state == CoursewareState.FAILED

    @property
    def is_transcoded(self) -> bool:
        """Tell whether the cloud makes something else of the file, instead of showing it as it is."""
        return self.transcode_type != TranscodeType.NONE


class Submission(models.Model):
    """A CreateDocument call: written down before it is made, and forgotten when its outcome is known.

    Used to find the document of an unanswered call. Without courseware that document is an orphan,
    deleted when found.
    """

    courseware = models.ForeignKey(
        Courseware,
        models.SET_NULL,
        related_name="submissions",
        null=True,
        blank=True,
        verbose_name=_("courseware"),
    )
    number = models.PositiveSmallIntegerField()
    url = models.TextField()
    # Whose it is in the cloud; somebody who is registered again has another one later.
    owner_user_id = models.CharField(max_length=128)
    called_at = models.DateTimeField(default=timezone.now)
    # For those without courseware.
    due_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("submission to the cloud")
        verbose_name_plural = _("submissions to the cloud")
        indexes = [models.Index(fields=["due_at"], name="courseware_submission_due")]

    def __str__(self) -> str:
        return f"{self.courseware_id} {self.number}"


class DiscardedDocumentQuerySet(DueQuerySet["DiscardedDocument"]):
    pass


class DiscardedDocument(DueWork):
    """A document of an earlier try, still to be deleted in the cloud."""

    document_id = models.CharField(_("document in the cloud"), max_length=128, unique=True)

    objects = DiscardedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("discarded document")
        verbose_name_plural = _("discarded documents")
        indexes = [models.Index(fields=["due_at"], name="courseware_discarded_due")]

    def __str__(self) -> str:
        return self.document_id
