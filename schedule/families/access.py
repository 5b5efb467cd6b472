"""The only door from an address of a family to its children: unknown, ended and cut links are the same 404."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest

from accounts.models import User
from accounts.permissions import Action, Relation, may
from edu_platform.lib.secret_tokens import digest_of, is_token
from edu_platform.lib.statements import Statement
from schedule.families.cookies import opened_browser
from schedule.models import FamilyChild, FamilyLink


class LinkNotFound(Http404):
    """There is no open link with this secret part: it is unknown, was ended or cut, or shows no child any more."""


class NotOpened(Exception):
    """The button of the link has not been pressed in this browser."""


@dataclass(frozen=True, slots=True)
class Family:
    """A link, the children whom it shows, and the one whom the request is about."""

    link: FamilyLink
    children: list[User]
    child: User


def family_of(request: HttpRequest, token: str) -> Family:
    """Return the family of this link, for a browser that has opened it; one query.

    The child is the one whose code `child` is, in the form that was sent or in the address, else the first.

    Raises:
        LinkNotFound: there is no such link.
        NotOpened: the button has not been pressed in this browser.
        Http404: the code is that of no child of this link.
    """
    rows = find_children(token)
    relation = Relation.VISITOR if opened_browser(request, token) is None else Relation.FAMILY
    if not may(Action.SEE_CHILD, {relation}):
        raise NotOpened
    children = [row.person for row in rows]
    code = request.POST.get("child") or request.GET.get("child")
    if not code:
        return Family(rows[0].link, children, children[0])
    child = next((child for child in children if child.code == code), None)
    if child is None:
        raise Http404
    return Family(rows[0].link, children, child)


def family_child(family: Family) -> FamilyChild:
    """Return the row by which the link shows the child.

    Raises:
        Http404: it is there no more.
    """
    row = FamilyChild.objects.filter(link=family.link, person=family.child).first()
    if row is None:
        raise Http404
    return row


def find_children(token: str) -> list[FamilyChild]:
    """Return the children of an open link who have not left, each with the link; at least one, by one query.

    Raises:
        LinkNotFound: there is no such link.
    """
    rows = _CHILDREN.rows(digest=digest_of(token)) if is_token(token) else []
    if not rows:
        raise LinkNotFound
    return rows


_CHILDREN = Statement(
    lambda digest: (
        FamilyChild.objects.filter(
            link__token_digest=digest, link__ended_at__isnull=True, person__is_active=True
        )
        .select_related("link", "person")
        .order_by("pk")
    )
)
