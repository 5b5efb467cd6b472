from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0036_incidents'),
    ]

    safe_because = "the release before writes kinds that are all allowed still, and one scan of the log takes no second"

    operations = [
        migrations.RemoveConstraint(
            model_name='auditentry',
            name='accounts_auditentry_known_kind',
        ),
        migrations.AddField(
            model_name='schoolsettings',
            name='families_may_watch',
            field=models.BooleanField(db_default=False, default=False, help_text='Other children are to be seen and heard in them.', verbose_name='families may watch replays unless the lesson says otherwise'),
        ),
        migrations.AddField(
            model_name='schoolsettings',
            name='families_see_attendance',
            field=models.BooleanField(db_default=True, default=True, verbose_name='families see the attendance of their children'),
        ),
        migrations.AddField(
            model_name='schoolsettings',
            name='families_see_notices',
            field=models.BooleanField(db_default=True, default=True, verbose_name='families see the notices of their children'),
        ),
        migrations.AlterField(
            model_name='auditentry',
            name='kind',
            field=models.CharField(choices=[('signed_in', 'Signed in'), ('person_created', 'Account created'), ('person_changed', 'Account changed'), ('person_deactivated', 'Account deactivated'), ('person_reactivated', 'Account activated again'), ('roles_changed', 'Roles changed'), ('superuser_changed', 'Superuser changed'), ('password_reset', 'Start password set'), ('password_changed', 'Password changed'), ('external_linked', 'External account linked'), ('external_unlinked', 'External account unlinked'), ('second_factor_added', 'Second factor set up'), ('second_factor_removed', 'Second factor removed'), ('recovery_codes_made', 'Recovery codes made'), ('sign_ins_ended', 'Sign-ins ended'), ('people_imported', 'People imported'), ('lessons_imported', 'Lessons imported'), ('weekly_imported', 'Weekly lessons imported'), ('people_import_undone', 'Import of people undone'), ('lessons_import_undone', 'Import of lessons undone'), ('weekly_import_undone', 'Import of weekly lessons undone'), ('class_group_added', 'Class group added'), ('class_group_changed', 'Class group changed'), ('class_group_deleted', 'Class group deleted'), ('members_changed', 'Members of a class group changed'), ('course_added', 'Course added'), ('course_changed', 'Course changed'), ('course_deleted', 'Course deleted'), ('school_changed', 'Name or logo of the school changed'), ('attendance_corrected', 'Attendance corrected'), ('attendance_rules_changed', 'Attendance rules of a course changed'), ('recording_started', 'Recording by hand started'), ('recording_stopped', 'Recording by hand stopped'), ('class_messaged', 'Message sent into a class'), ('class_ended', 'Class ended by the office'), ('alarm_taken', 'Alarm of a class taken'), ('duty_changed', 'Hours on duty changed'), ('wall_made', 'Address of the wall screen made'), ('wall_ended', 'Address of the wall screen ended'), ('data_exported', 'Own data downloaded'), ('erasure_asked', 'Erasure asked for'), ('erasure_withdrawn', 'Request for an erasure withdrawn'), ('person_erased', 'Person erased'), ('keeping_times_changed', 'Keeping times changed'), ('consent_text_changed', 'Text of the consent to recordings changed'), ('consent_given', 'Consent to recordings given'), ('consent_withdrawn', 'Consent to recordings withdrawn'), ('school_year_begun', 'New school year begun'), ('school_year_undone', 'Beginning of a school year undone'), ('incident_noted', 'Incident with personal data noted'), ('incident_changed', 'Incident with personal data changed'), ('family_link_made', 'Family link made'), ('family_link_ended', 'Family link ended'), ('family_slips_printed', 'Family links of a class group printed'), ('guest_invited', 'Guest invited to a lesson'), ('guest_ended', 'Guest of a lesson sent away'), ('object_added', 'Added in the administration'), ('object_changed', 'Changed in the administration'), ('object_deleted', 'Deleted in the administration'), ('action_run', 'Action of the administration')], max_length=32, verbose_name='event'),
        ),
        migrations.AddConstraint(
            model_name='auditentry',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['signed_in', 'person_created', 'person_changed', 'person_deactivated', 'person_reactivated', 'roles_changed', 'superuser_changed', 'password_reset', 'password_changed', 'external_linked', 'external_unlinked', 'second_factor_added', 'second_factor_removed', 'recovery_codes_made', 'sign_ins_ended', 'people_imported', 'lessons_imported', 'weekly_imported', 'people_import_undone', 'lessons_import_undone', 'weekly_import_undone', 'class_group_added', 'class_group_changed', 'class_group_deleted', 'members_changed', 'course_added', 'course_changed', 'course_deleted', 'school_changed', 'attendance_corrected', 'attendance_rules_changed', 'recording_started', 'recording_stopped', 'class_messaged', 'class_ended', 'alarm_taken', 'duty_changed', 'wall_made', 'wall_ended', 'data_exported', 'erasure_asked', 'erasure_withdrawn', 'person_erased', 'keeping_times_changed', 'consent_text_changed', 'consent_given', 'consent_withdrawn', 'school_year_begun', 'school_year_undone', 'incident_noted', 'incident_changed', 'family_link_made', 'family_link_ended', 'family_slips_printed', 'guest_invited', 'guest_ended', 'object_added', 'object_changed', 'object_deleted', 'action_run'])), name='accounts_auditentry_known_kind'),
        ),
    ]
