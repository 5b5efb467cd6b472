"""Ask before a family link ends that is in use: the family loses its page, its calendars and its mails."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from edu_platform.lib.formatting import listed
from schedule.families.managing.access import children_still_there, manages_all
from schedule.families.managing.reading import address_left_for
from schedule.models import CalendarFeed, FamilyLink
from schedule.people.asking import Question


def is_in_use(link: FamilyLink) -> bool:
    """Return whether a family would miss the link: one that nobody has used ends without a question."""
    return link.is_open and link.first_used_at is not None


def question_of_ending(link: FamilyLink, *, viewer: User) -> Question:
    """Say what ends with the link; two queries."""
    return Question(
        title=_("End the family link “%(label)s”?") % {"label": link.label},
        lines=[
            *_what_ends(link, viewer),
            _("No link opens again once it has ended; make a new one instead."),
        ],
        button=_("End the link"),
    )


def _what_ends(link: FamilyLink, viewer: User) -> Iterator[str]:
    names = listed(person.display_name for person in children_still_there(link))
    page = ngettext(
        "It was opened in %(count)s browser, where the page of %(names)s no longer opens then.",
        "It was opened in %(count)s browsers, where the page of %(names)s no longer opens then.",
        link.browser_count,
    )
    yield page % {"count": link.browser_count, "names": names}
    if calendars := CalendarFeed.objects.filter(family_child__link=link).count():
        words = ngettext(
            "%(count)s calendar that follows the timetable gets no lessons any more.",
            "%(count)s calendars that follow the timetable get no lessons any more.",
            calendars,
        )
        yield words % {"count": calendars}
    address = address_left_for(link)
    if address is not None and manages_all(viewer):
        yield _("Changes are no longer mailed to %(address)s.") % {"address": address.email}
    elif address is not None:
        yield _("Changes are no longer mailed to the family.")
