from __future__ import annotations

from django.urls import path, register_converter

from schedule.absences import views as absences
from schedule.changes import views as changes
from schedule.channels import views as channels
from schedule.class_groups import class_teacher_views as class_teacher
from schedule.consents import class_group_views as class_group_consents
from schedule.consents import text_views as consent_texts
from schedule.feeds import views as feed
from schedule.guests import forgetting_views as guest_forgetting
from schedule.guests import views as guests
from schedule.hours import views as hours
from schedule.imports import undo_views, weekly_lesson_views
from schedule.imports.fet import views as fet
from schedule.lesson_list import views as lesson_list
from schedule.lessons import several_views as several
from schedule.lessons import views as lessons
from schedule.manual_recording import views as recordings
from schedule.matrix import views as matrix
from schedule.not_in_order import views as not_in_order
from schedule.places import views as places
from schedule.places import weekly_views as weekly_places
from schedule.school_year import views as school_year
from schedule.terms import views as terms
from schedule.terms.bells import bell_list_views as bell_lists
from schedule.terms.bells import views as bells
from schedule.terms.days import days_off_views as days_off
from schedule.terms.days import views as days
from schedule.terms.from_day import views as from_day
from schedule.terms.planning import views as term_plan
from schedule.terms.weekly_lessons import views as weekly_lessons
from schedule.timetable import views as timetable
from schedule.week_grid import DayConverter
from schedule.weekly_grid import views as weekly_grid
from schedule.work import views as work

register_converter(DayConverter, "day")

app_name = "schedule"

urlpatterns = [
    path("", timetable.this_week, name="this_week"),
    path("<day:day>/", timetable.week, name="week"),
    path("<day:day>/print/", timetable.print_weeks, name="print_weeks"),
    path("matrix/", matrix.matrix, name="matrix"),
    path("matrix/matrix.xlsx", matrix.matrix_xlsx, name="matrix_xlsx"),
    path("matrix/print/", matrix.matrix_print, name="matrix_print"),
    path("matrix/<day:day>/", matrix.matrix, name="matrix_day"),
    path("matrix/<day:day>/matrix.xlsx", matrix.matrix_xlsx, name="matrix_xlsx_day"),
    path("matrix/<day:day>/print/", matrix.matrix_print, name="matrix_print_day"),
    path("today/", not_in_order.today, name="today"),
    path("today/mend/", not_in_order.mend, name="mend"),
    path("after-class/", timetable.after_class, name="after_class"),
    path("hours/", hours.hours, name="hours"),
    path("hours.xlsx", hours.hours_xlsx, name="hours_xlsx"),
    path("absences/", absences.absences, name="absences"),
    path("conflicts/", term_plan.conflicts, name="conflicts"),
    path("changes/", changes.timetable_changes, name="timetable_changes"),
    path("changes/<slug:code>/", changes.timetable_change, name="timetable_change"),
    path("changes/<slug:code>/undo/", undo_views.import_undo, name="import_undo"),
    path("work/<slug:code>/", work.work, name="work"),
    path("work/<slug:code>/file/", work.output, name="work_output"),
    path("class-groups/", class_teacher.class_groups, name="class_groups"),
    path("class-groups/<slug:code>/", class_teacher.class_group, name="class_group"),
    path(
        "class-groups/<slug:code>/start-passwords/",
        class_teacher.start_passwords,
        name="class_group_start_passwords",
    ),
    path(
        "class-groups/<slug:code>/consents/",
        class_group_consents.consents,
        name="class_group_consents",
    ),
    path(
        "class-groups/<slug:code>/consents/slips/",
        class_group_consents.slips,
        name="class_group_consent_slips",
    ),
    path(
        "class-groups/<slug:code>/consents/consents.xlsx",
        class_group_consents.consents_xlsx,
        name="class_group_consents_xlsx",
    ),
    path(
        "class-groups/<slug:code>/consents/remind/",
        class_group_consents.remind,
        name="class_group_consents_remind",
    ),
    path("consents/text/", consent_texts.consent_text, name="consent_text"),
    path("consents/check/", consent_texts.consent_check, name="consent_check"),
    path("school-year/", school_year.school_year, name="school_year"),
    path("school-year/<slug:code>/undo/", school_year.undo, name="school_year_undo"),
    path("channels/", channels.channels, name="channels"),
    path("channels/new/", channels.new, name="channel_new"),
    path("channels/<slug:code>/address/", channels.address, name="channel_address"),
    path("channels/<slug:code>/test/", channels.test, name="channel_test"),
    path("channels/<slug:code>/pause/", channels.pause, name="channel_pause"),
    path("channels/<slug:code>/resume/", channels.resume, name="channel_resume"),
    path("channels/<slug:code>/alarms/", channels.alarms, name="channel_alarms"),
    path("channels/<slug:code>/remove/", channels.remove, name="channel_remove"),
    path("terms/", terms.terms, name="terms"),
    path("terms/new/", terms.term_new, name="term_new"),
    path("terms/<slug:code>/", weekly_lessons.term, name="term"),
    path("terms/<slug:code>/change/", terms.term_change, name="term_change"),
    path("terms/<slug:code>/delete/", terms.term_delete, name="term_delete"),
    path("terms/<slug:code>/bells/", bells.term_bells, name="term_bells"),
    path("terms/<slug:code>/bells/new/", bell_lists.bell_list_new, name="bell_list_new"),
    path(
        "terms/<slug:code>/bells/<slug:bell_list>/",
        bell_lists.bell_list_change,
        name="bell_list_change",
    ),
    path(
        "terms/<slug:code>/bells/<slug:bell_list>/delete/",
        bell_lists.bell_list_delete,
        name="bell_list_delete",
    ),
    path("terms/<slug:code>/days/", days.days, name="term_days"),
    path("terms/<slug:code>/days/<day:date>/", days.day, name="term_day"),
    path("terms/<slug:code>/days/fill/", days_off.days_fill, name="term_days_fill"),
    path("terms/<slug:code>/days/off/", days_off.days_off, name="term_days_off"),
    path("terms/<slug:code>/days/off/<slug:day_off>/", days_off.day_off, name="term_day_off"),
    path(
        "terms/<slug:code>/days/off/<slug:day_off>/delete/",
        days_off.day_off_delete,
        name="term_day_off_delete",
    ),
    path("terms/<slug:code>/weekly/", weekly_grid.weekly_grid, name="weekly_grid"),
    path(
        "terms/<slug:code>/weekly/new/", weekly_lessons.weekly_lesson_new, name="weekly_lesson_new"
    ),
    path(
        "terms/<slug:code>/weekly/<slug:weekly_lesson>/",
        weekly_lessons.weekly_lesson_change,
        name="weekly_lesson_change",
    ),
    path(
        "terms/<slug:code>/weekly/<slug:weekly_lesson>/delete/",
        weekly_lessons.weekly_lesson_delete,
        name="weekly_lesson_delete",
    ),
    path(
        "terms/<slug:code>/weekly/<slug:weekly_lesson>/places/",
        weekly_places.weekly_lesson_places,
        name="weekly_lesson_places",
    ),
    path("terms/<slug:code>/copy/", terms.term_copy, name="term_copy"),
    path(
        "terms/<slug:code>/import/",
        weekly_lesson_views.weekly_lessons_import,
        name="weekly_lessons_import",
    ),
    path(
        "terms/<slug:code>/import/template.xlsx",
        weekly_lesson_views.weekly_lessons_import_template,
        name="weekly_lessons_import_template",
    ),
    path("terms/<slug:code>/fet/", fet.fet_import, name="fet_import"),
    path("from/", from_day.from_day, name="from_day"),
    path("terms/<slug:code>/from/", from_day.term_from, name="term_from"),
    path(
        "terms/<slug:code>/from/<slug:change>/undo/",
        from_day.term_from_undo,
        name="term_from_undo",
    ),
    path("terms/<slug:code>/plan/", term_plan.term_plan, name="term_plan"),
    path("terms/<slug:code>/conflicts/", term_plan.term_conflicts, name="term_conflicts"),
    path("lessons/", lesson_list.lessons, name="lessons"),
    path("lessons/new/", lessons.lesson_new, name="lesson_new"),
    path("lessons/publish/", several.lessons_publish, name="lessons_publish"),
    path("lessons/cancel/", several.lessons_cancel, name="lessons_cancel"),
    path("lessons/restore/", several.lessons_restore, name="lessons_restore"),
    path("lessons/delete/", several.lessons_delete, name="lessons_delete"),
    path("lessons/open-rooms/", several.lessons_open_rooms, name="lessons_open_rooms"),
    path("feed/", feed.feed, name="feed"),
    path("feeds/<str:token>.ics", feed.feed_calendar, name="feed_calendar"),
    path("lessons/<slug:code>/", timetable.lesson, name="lesson"),
    path("lessons/<slug:code>/changes/", changes.lesson_changes, name="lesson_changes"),
    path("lessons/<slug:code>/change/", lessons.lesson_change, name="lesson_change"),
    path("lessons/<slug:code>/cancel/", lessons.lesson_cancel, name="lesson_cancel"),
    path("lessons/<slug:code>/restore/", lessons.lesson_restore, name="lesson_restore"),
    path("lessons/<slug:code>/publish/", lessons.lesson_publish, name="lesson_publish"),
    path("lessons/<slug:code>/delete/", lessons.lesson_delete, name="lesson_delete"),
    path("lessons/<slug:code>/places/", places.lesson_places, name="lesson_places"),
    path("lessons/<slug:code>/enter/", timetable.enter, name="enter"),
    path("lessons/<slug:code>/reopen/", timetable.reopen, name="reopen"),
    path("lessons/<slug:code>/record/", recordings.record, name="lesson_record"),
    path("lessons/<slug:code>/guests/", guests.lesson_guests, name="lesson_guests"),
    path("lessons/<slug:code>/guests/<slug:guest>/end/", guests.guest_end, name="guest_end"),
    path(
        "lessons/<slug:code>/guests/<slug:guest>/forget/",
        guest_forgetting.forget,
        name="guest_forget",
    ),
]
