"""The administration of the timetable: each topic has its own pages, to which what stands above is added here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

import schedule.class_groups.membership_admin
import schedule.imports.actions_admin
import schedule.lessons.course_admin
import schedule.rooms.admin
import schedule.terms.deletion_words  # noqa: F401 -- all of these register themselves
from schedule.class_groups.admin import ClassGroupAdmin
from schedule.imports.forms import LessonImportForm, PeopleImportForm
from schedule.imports.importers import LESSONS, PEOPLE
from schedule.imports.lesson_page import LessonImportPage
from schedule.imports.people_page import PeopleImportPage
from schedule.lessons.admin import FILTERS, LessonAdmin
from schedule.models import ClassGroup, Lesson
from schedule.not_in_order.lesson_filter import TroubleFilter


@admin.register(ClassGroup)
class ClassGroupPages(ClassGroupAdmin):
    """Class groups, and the import of their people."""

    def get_urls(self) -> list[URLPattern]:
        page = PeopleImportPage(
            model_admin=self,
            importer=PEOPLE,
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

    list_filter = (*FILTERS[:-1], TroubleFilter, *FILTERS[-1:])

    def get_urls(self) -> list[URLPattern]:
        page = LessonImportPage(
            model_admin=self,
            importer=LESSONS,
            address="import/",
            url_name="schedule_lesson_import",
            title=_("Import lessons"),
            permission="schedule.add_lesson",
            form_class=LessonImportForm,
        )
        return [*page.urls(), *super().get_urls()]
