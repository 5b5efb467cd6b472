from __future__ import annotations

from django.urls import path
from django.utils.translation import gettext_lazy as _

from accounts.permissions import Action
from schedule.imports import history_views
from schedule.imports.file_pages import FilePage
from schedule.imports.file_work import LESSON_FILES, PEOPLE_FILES
from schedule.imports.forms import LessonImportForm, PeopleImportForm
from schedule.imports.importers import LESSONS, PEOPLE

app_name = "imports"

PEOPLE_PAGE = FilePage(
    name="people",
    title=_("Import people"),
    action=Action.MANAGE_PEOPLE,
    importer=PEOPLE,
    work=PEOPLE_FILES,
    form_class=PeopleImportForm,
)
LESSON_PAGE = FilePage(
    name="lessons",
    title=_("Import lessons"),
    action=Action.PLAN_LESSONS,
    importer=LESSONS,
    work=LESSON_FILES,
    form_class=LessonImportForm,
)

urlpatterns = [
    path("", history_views.imports, name="imports"),
    *PEOPLE_PAGE.urls(),
    *LESSON_PAGE.urls(),
    path("<slug:code>/", history_views.imported_file, name="file"),
    path(
        "<slug:code>/start-passwords/",
        history_views.file_start_passwords,
        name="file_start_passwords",
    ),
    path("<slug:code>/undo/", history_views.file_undo, name="file_undo"),
]
