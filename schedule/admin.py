"""The administration of the timetable: each topic has its own pages, to which what stands above is added here."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

import schedule.class_groups.admin
import schedule.courses.admin
import schedule.imports.actions_admin
import schedule.lessons.admin
import schedule.rooms.admin  # noqa: F401 -- all of these register themselves
from schedule.class_groups.admin import ClassGroupAdmin
from schedule.imports.file_work import LESSON_FILES, PEOPLE_FILES
from schedule.imports.forms import LessonImportForm, PeopleImportForm
from schedule.imports.importers import LESSONS, PEOPLE
from schedule.imports.spreadsheet_pages import LessonImportPage, PeopleImportPage
from schedule.lessons.admin import FILTERS, LessonAdmin
from schedule.models import ClassGroup, Lesson
from schedule.not_in_order.unready_lessons import DRAFTS_BEFORE, drafts_between
from schedule.terms.conflict_list import TOLD_BEFORE, lessons_without_teacher


class LessonTroubleFilter(admin.SimpleListFilter):
    """Those that somebody has to look after; the start pages count them."""

    title = _("trouble")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        draft = gettext("a draft, within %(days)s days")
        without_teacher = gettext("without a teacher, within %(days)s days")
        return [
            ("draft", draft % {"days": DRAFTS_BEFORE.days}),
            ("without-teacher", without_teacher % {"days": TOLD_BEFORE.days}),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Lesson]) -> QuerySet[Lesson]:
        at = timezone.now()
        match self.value():
            case "draft":
                lessons = drafts_between(at, at + DRAFTS_BEFORE)
            case "without-teacher":
                lessons = lessons_without_teacher(at, at + TOLD_BEFORE)
            case _:
                return queryset
        return queryset.filter(pk__in=lessons.values("pk"))


@admin.register(ClassGroup)
class ClassGroupPages(ClassGroupAdmin):
    """Class groups, and the import of their people."""

    def get_urls(self) -> list[URLPattern]:
        page = PeopleImportPage(
            model_admin=self,
            importer=PEOPLE,
            work=PEOPLE_FILES,
            address="import-people/",
            url_name="schedule_classgroup_import_people",
            title=_("Import people"),
            permission="accounts.add_user",
            form_class=PeopleImportForm,
        )
        return [*page.urls(), *super().get_urls()]


@admin.register(Lesson)
class LessonPages(LessonAdmin):
    """Lessons, their import, and those of them that are not in order."""

    list_filter = (*FILTERS[:-1], LessonTroubleFilter, *FILTERS[-1:])

    def get_urls(self) -> list[URLPattern]:
        page = LessonImportPage(
            model_admin=self,
            importer=LESSONS,
            work=LESSON_FILES,
            address="import/",
            url_name="schedule_lesson_import",
            title=_("Import lessons"),
            permission="schedule.add_lesson",
            form_class=LessonImportForm,
        )
        return [*page.urls(), *super().get_urls()]
