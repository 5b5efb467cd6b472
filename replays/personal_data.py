"""Say what the tables of this app hold of people, and what becomes of it."""

from __future__ import annotations

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
from replays.models import (
    PlaybackUse,
    Progress,
    Replay,
    ReplayEvent,
    ReplayFile,
    ReplayPurge,
    Share,
    WatchQuestion,
)
from replays.services import watching

# Those of the class watch it, and whom the school sent a link.
WATCHED_BY = (Receiver.STAFF, Receiver.CLASS, Receiver.LINK)

PURPOSES = {
    Purpose.REPLAYS: [
        Replay,
        ReplayFile,
        ReplayEvent,
        ReplayPurge,
        Share,
        PlaybackUse,
        Progress,
        WatchQuestion,
    ],
}
PERSONAL_DATA: list[Line] = [
    Held(Replay, "teacher deleted_by", Export.AS_IT_IS, Erased.KEY, Keeping.UNTIL_DELETED),
    Held(
        Replay,
        "title",
        Export.AS_IT_IS,
        Erased.BY_HAND,
        Keeping.UNTIL_DELETED,
        receivers=WATCHED_BY,
    ),
    Held(Replay, "title_folded title_grams", Export.FOLLOWS, Erased.FOLLOWS, Keeping.UNTIL_DELETED),
    NoNames(Replay, "code"),
    # Faces and voices of a whole class: which replays these are is listed, and each can be deleted.
    Held(
        ReplayFile,
        "url other_names video_id",
        Export.SECRET,
        Erased.BY_HAND,
        Keeping.WITH_ITS_OWNER,
        found_by="replay__teacher",
        receivers=(*WATCHED_BY, Receiver.CLOUD),
    ),
    Held(
        ReplayFile,
        "stream_of",
        Export.AS_IT_IS,
        Erased.NAMES,
        Keeping.WITH_ITS_OWNER,
        same_as=CLOUD_IDS,
        receivers=(Receiver.CLOUD,),
    ),
    NoNames(ReplayFile, "file_format"),
    Held(ReplayEvent, "person", Export.IN_WORDS, Erased.KEY, Keeping.WITH_ITS_OWNER),
    NoNames(ReplayEvent, "detail"),
    Held(Share, "created_by", Export.AS_IT_IS, Erased.ROW, Keeping.WITH_ITS_OWNER),
    Held(
        Share,
        "token_digest password",
        Export.SECRET,
        Erased.ROW,
        Keeping.WITH_ITS_OWNER,
        receivers=(),
    ),
    NoNames(Share, "code"),
    Held(PlaybackUse, "user", Export.AS_IT_IS, Erased.ROW, watching.KEPT),
    # The mark of a browser that came by a link: nobody's of the school.
    NoNames(PlaybackUse, "visitor"),
    # The places, and which seconds of each file they have watched.
    Held(
        Progress,
        "user watched",
        Export.AS_IT_IS,
        Erased.ROW,
        watching.KEPT,
        receivers=(Receiver.STAFF, Receiver.TEACHERS),
    ),
]
