"""Family links on pages further down: of a person, of a class group, and of its students."""

from __future__ import annotations

from collections.abc import Collection

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.enums import Role
from accounts.models import User
from schedule.class_group_hooks import StudentFigure
from schedule.families.managing.access import manages_all
from schedule.families.managing.reading import LinkCounts, link_counts
from schedule.hooks import PageLink, Panel
from schedule.models import ClassGroup


def links_address(child: User) -> str:
    return reverse("family_links:links", args=[child.code])


def person_links_panel(person: User, viewer: User) -> Panel | None:
    """Say on a student's page how many links their family has; one query."""
    is_shown = person.has_role(Role.STUDENT) and person.erasing_since is None
    if not is_shown or not manages_all(viewer):
        return None
    counts = link_counts([person.pk]).get(person.pk, LinkCounts())
    content = {"counts": counts, "address": links_address(person)}
    return Panel("schedule/_family_links_panel.html", content)


def students_links_figure(students: Collection[User]) -> StudentFigure:
    """Say of each student how many links their family has, and lead to them; one query."""
    counts = link_counts([student.pk for student in students])
    links = {
        student.pk: PageLink(links_address(student), counts.get(student.pk, LinkCounts()).words)
        for student in students
        if student.erasing_since is None
    }
    return StudentFigure(_("Family links"), links)


def class_group_slips_link(user: User, class_group: ClassGroup) -> PageLink | None:
    """Lead from the page of a class group that is in use to printing links for its families."""
    if class_group.archived_at is not None:
        return None
    name = "family_links:slips" if manages_all(user) else "family_links:own_slips"
    return PageLink(reverse(name, args=[class_group.code]), _("Links for families…"))
