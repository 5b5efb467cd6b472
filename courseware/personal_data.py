"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

from courseware.models import (
    Binding,
    CourseBinding,
    Courseware,
    DiscardedDocument,
    Submission,
    Tag,
    Upload,
    UploadPart,
)
from courseware.services import uploads
from edu_platform.lib.personal_data import (
    CLOUD_IDS,
    Erased,
    Export,
    Held,
    Keeping,
    Line,
    NoNames,
    Purpose,
    Receiver,
)

# Teachers show it in class, and the cloud makes slides of it.
SHOWN_IN_CLASS = (Receiver.STAFF, Receiver.TEACHERS, Receiver.CLASS, Receiver.CLOUD)

PURPOSES = {
    Purpose.COURSEWARE: [
        Courseware,
        Tag,
        Submission,
        DiscardedDocument,
        Binding,
        CourseBinding,
        Upload,
    ],
}
PERSONAL_DATA: list[Line] = [
    # Who leaves hands it to the school.
    Held(Courseware, "owner uploaded_by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(
        Courseware,
        "name filename",
        Export.AS_IT_IS,
        Erased.NAMES,
        Keeping.UNTIL_DELETED,
        receivers=SHOWN_IN_CLASS,
    ),
    Held(
        Courseware,
        "file",
        Export.AS_FILE,
        Erased.BY_HAND,
        Keeping.UNTIL_DELETED,
        found_by="owner",
        receivers=SHOWN_IN_CLASS,
    ),
    Held(Courseware, "cloud_reason", Export.AS_IT_IS, Erased.NAMES, Keeping.UNTIL_CHANGED),
    Held(
        Courseware,
        "result_url cover_url fetch_token",
        Export.SECRET,
        Erased.BY_HAND,
        Keeping.WITH_ITS_OWNER,
        receivers=(),
    ),
    NoNames(Courseware, "code suffix sha256 document_id"),
    Held(Tag, "name", Export.OF_OTHERS, Erased.BY_HAND, Keeping.WITH_ITS_OWNER),
    Held(
        Submission,
        "owner_user_id",
        Export.OF_OTHERS,
        Erased.ROW,
        Keeping.UNTIL_DONE,
        same_as=CLOUD_IDS,
        receivers=(Receiver.CLOUD,),
    ),
    NoNames(Submission, "url"),
    NoNames(DiscardedDocument, "document_id"),
    Held(Binding, "last_error", Export.OF_OTHERS, Erased.BY_AGE, Keeping.UNTIL_CHANGED),
    NoNames(Binding, "bound_document_id"),
    Held(CourseBinding, "teacher", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(Upload, "owner filename", Export.AS_IT_IS, Erased.ROW, uploads.LIFETIME),
    NoNames(Upload, "code suffix"),
    # Where the part lies on the storage.
    NoNames(UploadPart, "name"),
]
