"""The administration of the timetable: each topic has its own pages, to which what stands above is added here."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern
from django.utils.translation import gettext_lazy as _

import schedule.class_groups.admin
import schedule.courses.admin
import schedule.rooms.admin  # noqa: F401 -- all of these register themselves
from edu_platform.lib.admin_base import PlatformAdmin
from schedule.class_groups.admin import ClassGroupAdmin
from schedule.imports.file_work import LESSON_FILES, PEOPLE_FILES
from schedule.imports.forms import LessonImportForm, PeopleImportForm
from schedule.imports.importers import LESSONS, PEOPLE
from schedule.imports.spreadsheet_pages import LessonImportPage, PeopleImportPage
from schedule.models import ClassGroup, Lesson


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


def lesson_import_urls(site: admin.AdminSite) -> list[URLPattern]:
    """The import of lessons; their list and all else about them are pages of planners."""
    page = LessonImportPage(
        model_admin=PlatformAdmin(Lesson, site),
        importer=LESSONS,
        work=LESSON_FILES,
        address="import/",
        url_name="schedule_lesson_import",
        title=_("Import lessons"),
        permission="accounts.add_user",
        form_class=LessonImportForm,
    )
    return page.urls()
