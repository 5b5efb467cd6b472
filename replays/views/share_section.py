"""Share links on the page of a replay."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.urls import reverse

from accounts.decorators import SignedInRequest
from accounts.permission_matrix import Relation
from replays import access
from replays.forms.shares import ShareForm
from replays.models import Replay
from replays.selectors.shares import LinkRow, link_rows
from replays.views import share_cookies


@dataclass(frozen=True, slots=True)
class SharingSection:
    """The links to a replay, the form for a new one, and the address of one just made."""

    links: list[LinkRow]
    # People who may no longer share still see, and revoke, the links they made.
    may_share: bool
    form: ShareForm | None
    new_address: str
    new_code: str
    # Whether there may be something to share later on.
    is_waiting: bool

    @property
    def new_has_password(self) -> bool:
        return any(link.has_password for link in self.links if link.code == self.new_code)

    @property
    def is_shown(self) -> bool:
        """Whether to show the section: without a replay to come, only for its old links."""
        return self.form is not None or self.is_waiting or bool(self.links)

    @property
    def has_open_links(self) -> bool:
        return any(link.may_be_revoked for link in self.links)

    @property
    def has_valid_links(self) -> bool:
        return any(link.is_valid for link in self.links)


def sharing_section(
    request: SignedInRequest,
    replay: Replay,
    *,
    relations: Collection[Relation],
    at: dt.datetime,
    form: ShareForm | None,
) -> SharingSection:
    """The links to a replay for a person with these relations to it; with a form when they may share it."""
    taken = share_cookies.new_token(request, replay) if request.method == "GET" else None
    address = ""
    if taken is not None:
        address = request.build_absolute_uri(reverse("replays:shared", args=[taken.token]))
    return SharingSection(
        links=link_rows(replay, access.links_for(request.user, replay, relations), at=at),
        may_share=form is not None,
        form=form if replay.is_ready else None,
        new_address=address,
        new_code=taken.share if taken is not None else "",
        is_waiting=form is not None and replay.is_waiting,
    )
