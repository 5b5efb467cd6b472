"""Hooks of the timetable into the apps below, registered once when this app starts."""

from __future__ import annotations

from accounts.hooks import (
    erasing_steps,
    erasure_refusals,
    former_student_listeners,
    former_student_note_makers,
    leaving_listeners,
    leaving_note_makers,
    own_links,
    place_makers,
    role_needs,
    struck_listeners,
    under_way_makers,
    word_finders,
)
from accounts.notice_kinds import register_notice
from classroom.hooks import room_handlers
from schedule.changes.notices import NOTICES
from schedule.channels.views import channel_links
from schedule.class_group_hooks import (
    class_group_figure_makers,
    class_group_link_makers,
    student_figure_makers,
)
from schedule.class_groups.class_teacher_views import class_teacher_links
from schedule.consents.own_views import consent_links
from schedule.consents.panels import (
    class_group_consents_figure,
    class_group_consents_link,
    missing_consent_panel,
    person_consents_panel,
)
from schedule.consents.reminders import NOTICES as CONSENT_NOTICES
from schedule.families.leaving import (
    erase_family_links,
    family_links_note,
    former_student_links_notes,
)
from schedule.families.links import end_links_of_children, leave_links_of_former_students
from schedule.families.mailing.addresses import plan_mails
from schedule.families.mailing.not_in_order import family_mail_not_in_order
from schedule.families.mailing.views import mail_section
from schedule.families.managing.panels import (
    class_group_slips_link,
    person_links_panel,
    students_links_figure,
)
from schedule.families.page.opening import NOTICES as FAMILY_NOTICES
from schedule.families.slips.work import PRINT_SLIPS
from schedule.family_hooks import family_section_makers
from schedule.feeds.leaving import end_feeds, feed_note
from schedule.feeds.views import feed_links
from schedule.guests.leaving_cloud import forget_before_deletion
from schedule.guests.panel import guests_panel
from schedule.guests.reading import guest_facts
from schedule.hooks import (
    change_note_makers,
    deletion_listeners,
    own_page_fact_makers,
    panel_makers,
    period_readers,
    person_panel_makers,
    room_listeners,
    told_listeners,
)
from schedule.hours.export_work import EXPORT_HOURS
from schedule.hours.views import hours_links
from schedule.imports.file_work import FILE_KINDS
from schedule.imports.undo_work import UNDO_FILE, UNDO_IMPORT
from schedule.lessons.deletion_work import DELETE_LESSONS
from schedule.lessons.state_work import STATE_WORK
from schedule.manual_recording.concluding import stop_with_classes
from schedule.manual_recording.panel import recording_panel
from schedule.manual_recording.reading import recording_facts
from schedule.not_in_order.callbacks import callbacks_not_in_order
from schedule.not_in_order.group_robots import channels_not_in_order
from schedule.not_in_order.marquees import marquees_not_in_order
from schedule.not_in_order.people import mail_not_in_order, people_not_in_order
from schedule.not_in_order.troubled_rooms import rooms_not_in_order, silence_not_in_order
from schedule.not_in_order.unready_lessons import drafts_not_in_order, teachers_not_in_order
from schedule.not_in_order.unready_terms import plans_not_in_order, terms_not_in_order
from schedule.people.erasures import own_places, own_refusals, own_steps
from schedule.places.periods import periods_of_day
from schedule.rooms.handlers import refresh_room
from schedule.rooms.marquees import mark_new_rooms
from schedule.school_day_hooks import not_in_order_makers
from schedule.school_year.notices import NOTICES as YEAR_NOTICES
from schedule.school_year.work import BEGIN_YEAR, UNDO_YEAR
from schedule.terms.copy_work import COPY_TERM
from schedule.terms.days.calendar_days import NOTICES as TERM_NOTICES
from schedule.terms.deletion_work import DELETE_TERM
from schedule.terms.from_day.work import CHANGE_FROM_DAY, UNDO_FROM_DAY
from schedule.terms.planning.conflict_list import conflicts_not_in_order
from schedule.terms.planning.plan_work import PLAN_TERM
from schedule.terms.publication_work import PUBLISH_TERM
from schedule.terms.reading import note_on_plan
from schedule.timetable.timetables import with_lessons_to_come
from schedule.work.kinds import register_work
from schedule.work.reading import own_work_under_way
from schedule.work.words import NOTICES as WORK_NOTICES

# The lowest: lesson and room are locked and saved before their replay.
ORDER = 10
# Below the panels and links of higher apps.
GUEST_PANEL_ORDER = 45
CONSENT_PANEL_ORDER = 50
MAIL_SECTION_ORDER = 90
# Those of the same age stand in this order, before those of higher apps.
NOT_IN_ORDER = (
    rooms_not_in_order,
    silence_not_in_order,
    marquees_not_in_order,
    people_not_in_order,
    callbacks_not_in_order,
    drafts_not_in_order,
    teachers_not_in_order,
    conflicts_not_in_order,
    terms_not_in_order,
    plans_not_in_order,
    channels_not_in_order,
    mail_not_in_order,
    family_mail_not_in_order,
)

WORK = (
    *(PLAN_TERM, PUBLISH_TERM, DELETE_TERM, COPY_TERM),
    *(CHANGE_FROM_DAY, UNDO_FROM_DAY),
    *(DELETE_LESSONS, *STATE_WORK.values()),
    *(*FILE_KINDS, UNDO_IMPORT, UNDO_FILE),
    EXPORT_HOURS,
    *(BEGIN_YEAR, UNDO_YEAR),
    PRINT_SLIPS,
)
ALL_NOTICES = (
    NOTICES | TERM_NOTICES | WORK_NOTICES | CONSENT_NOTICES | YEAR_NOTICES | FAMILY_NOTICES
)


def register() -> None:
    own_links.register(class_teacher_links, order=ORDER)
    own_links.register(feed_links, order=ORDER + 1)
    own_links.register(channel_links, order=ORDER + 2)
    own_links.register(hours_links, order=ORDER + 3)
    own_links.register(consent_links, order=ORDER + 4)
    leaving_listeners.register(end_feeds, order=ORDER)
    leaving_listeners.register(end_links_of_children, order=ORDER + 1)
    former_student_listeners.register(leave_links_of_former_students, order=ORDER)
    former_student_note_makers.register(former_student_links_notes, order=ORDER)
    leaving_note_makers.register(feed_note, order=ORDER)
    leaving_note_makers.register(family_links_note, order=ORDER + 1)
    role_needs.register(with_lessons_to_come, order=ORDER)
    under_way_makers.register(own_work_under_way, order=ORDER)
    room_handlers.register(refresh_room, order=ORDER)
    room_listeners.register(stop_with_classes, order=ORDER)
    room_listeners.register(mark_new_rooms, order=ORDER + 1)
    panel_makers.register(recording_panel, order=ORDER)
    panel_makers.register(guests_panel, order=GUEST_PANEL_ORDER)
    panel_makers.register(missing_consent_panel, order=CONSENT_PANEL_ORDER)
    person_panel_makers.register(person_consents_panel, order=CONSENT_PANEL_ORDER)
    person_panel_makers.register(person_links_panel, order=CONSENT_PANEL_ORDER + 1)
    class_group_link_makers.register(class_group_consents_link, order=CONSENT_PANEL_ORDER)
    class_group_link_makers.register(class_group_slips_link, order=CONSENT_PANEL_ORDER + 1)
    student_figure_makers.register(students_links_figure, order=ORDER)
    class_group_figure_makers.register(class_group_consents_figure, order=ORDER)
    own_page_fact_makers.register(recording_facts, order=ORDER)
    own_page_fact_makers.register(guest_facts, order=ORDER + 1)
    deletion_listeners.register(forget_before_deletion, order=ORDER)
    change_note_makers.register(note_on_plan, order=ORDER)
    period_readers.register(periods_of_day, order=ORDER)
    told_listeners.register(plan_mails, order=ORDER)
    family_section_makers.register(mail_section, order=MAIL_SECTION_ORDER)
    erasure_refusals.register(own_refusals.classes_to_come, order=ORDER)
    word_finders.register(own_refusals.is_course_called, order=ORDER)
    erasing_steps.register(own_steps.leave_timetable, order=ORDER)
    erasing_steps.register(erase_family_links, order=ORDER + 1)
    struck_listeners.register(own_steps.lessons_are_struck, order=ORDER)
    place_makers.register(own_places.timetable_places, order=ORDER)
    for place, maker in enumerate(NOT_IN_ORDER):
        not_in_order_makers.register(maker, order=place)
    for work in WORK:
        register_work(work)
    for kind, words in ALL_NOTICES.items():
        register_notice(kind, words)
