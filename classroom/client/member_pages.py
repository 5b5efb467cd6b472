"""Pages of the people of a room, which two actions of the cloud answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from classroom.client.answer_values import optional_number


class MemberPage(Protocol):
    """An answer with some of the people, and the count of all."""

    @property
    def MemberRecords(self) -> Sequence[object] | None: ...  # noqa: N802 -- as the cloud calls it

    @property
    def Total(self) -> int | None: ...  # noqa: N802 -- as above


Page = TypeVar("Page", bound=MemberPage)


def member_pages(
    action: str, ask: Callable[[int], Page], *, page_size: int, most_pages: int
) -> Iterator[Page]:
    """Yield the answers of all pages, the first of which is always there.

    They are read to the first page that is empty or comes again, or that is not full once there are as many lines as
    the cloud counts.
    """
    seen, previous = 0, ""
    for number in range(1, most_pages + 1):
        page = ask(number)
        lines = page.MemberRecords or ()
        content = str(lines)
        if number > 1 and (not lines or content == previous):
            break  # a page that comes again would come for ever
        yield page
        seen, previous = seen + len(lines), content
        if seen >= (optional_number(action, page.Total) or 0) and len(lines) < page_size:
            break
