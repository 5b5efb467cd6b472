import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('schedule', '0040_imports_of_before'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CourseRules',
            fields=[
                ('course', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='attendance_rules', serialize=False, to='schedule.course')),
                ('late_after_min', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='late after minutes')),
                ('left_early_min', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='left early, in minutes before the end')),
                ('absent_below_percent', models.PositiveSmallIntegerField(blank=True, null=True, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='absent below percent of the class')),
            ],
            options={
                'verbose_name': 'attendance rules of a course',
                'verbose_name_plural': 'attendance rules of courses',
                'default_permissions': (),
                'constraints': [models.CheckConstraint(condition=models.Q(('absent_below_percent', None), ('absent_below_percent__range', (1, 100)), _connector='OR'), name='attendance_courserules_percent_is_bounded')],
            },
        ),
        migrations.CreateModel(
            name='LessonAttendance',
            fields=[
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('lesson', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='attendance', serialize=False, to='schedule.lesson')),
                ('stage', models.CharField(choices=[('to_come', 'The class is not over'), ('provisional', 'Provisional'), ('final', 'Final'), ('not_held', 'Not held')], default='to_come', max_length=16, verbose_name='stage')),
                ('frozen_at', models.DateTimeField(blank=True, null=True)),
                ('late_after_s', models.PositiveIntegerField()),
                ('left_early_s', models.PositiveIntegerField()),
                ('absent_below_percent', models.PositiveSmallIntegerField()),
                ('held', models.JSONField(default=list)),
                ('is_at_another_time', models.BooleanField(default=False)),
                ('became_final_at', models.DateTimeField(blank=True, null=True)),
                ('attended', models.PositiveIntegerField(default=0)),
                ('students', models.PositiveIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'attendance of a lesson',
                'verbose_name_plural': 'attendance of lessons',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='attendance_lesson_due'), models.Index(condition=models.Q(('became_final_at__isnull', False)), fields=['became_final_at'], name='attendance_lesson_by_final')],
                'constraints': [models.CheckConstraint(condition=models.Q(('stage__in', ['to_come', 'provisional', 'final', 'not_held'])), name='attendance_lesson_known_stage')],
            },
        ),
        migrations.CreateModel(
            name='PersonAttendance',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('teacher', 'Teacher'), ('assistant', 'Assistant'), ('student', 'Student')], max_length=16, verbose_name='as')),
                ('classroom_user_ids', models.JSONField(default=list)),
                ('seconds', models.PositiveIntegerField(default=0)),
                ('first_in_at', models.DateTimeField(blank=True, null=True)),
                ('last_out_at', models.DateTimeField(blank=True, null=True)),
                ('has_own_times', models.BooleanField(default=True)),
                ('exceeds_class', models.BooleanField(default=False)),
                ('is_late', models.BooleanField(default=False)),
                ('left_early', models.BooleanField(default=False)),
                ('state', models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('left_early', 'Left early'), ('absent', 'Absent'), ('excused', 'Excused')], max_length=16)),
                ('corrected_state', models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('left_early', 'Left early'), ('absent', 'Absent'), ('excused', 'Excused')], max_length=16)),
                ('corrected_at', models.DateTimeField(blank=True, null=True)),
                ('correction_reason', models.CharField(blank=True, max_length=200)),
                ('watched_s', models.PositiveIntegerField(default=0)),
                ('absence_told_at', models.DateTimeField(blank=True, null=True)),
                ('attendance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='attendance.lessonattendance')),
                ('class_group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='attendance', to='schedule.classgroup', verbose_name='class group')),
                ('corrected_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attendance', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'attendance of a person',
                'verbose_name_plural': 'attendance of people',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField()),
                ('before', models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('left_early', 'Left early'), ('absent', 'Absent'), ('excused', 'Excused')], max_length=16)),
                ('state', models.CharField(blank=True, choices=[('present', 'Present'), ('late', 'Late'), ('left_early', 'Left early'), ('absent', 'Absent'), ('excused', 'Excused')], max_length=16)),
                ('version', models.PositiveIntegerField()),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('person_attendance', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='corrections', to='attendance.personattendance')),
            ],
            options={
                'verbose_name': 'correction of attendance',
                'verbose_name_plural': 'corrections of attendance',
                'ordering': ('at', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='RoomStatistics',
            fields=[
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='statistics', serialize=False, to='schedule.room', verbose_name='room')),
                ('ended_at', models.DateTimeField(verbose_name='class ended')),
                ('real_started_at', models.DateTimeField(blank=True, null=True, verbose_name='really started')),
                ('real_ended_at', models.DateTimeField(blank=True, null=True, verbose_name='really ended')),
                ('events_at', models.DateTimeField(blank=True, null=True, verbose_name='events read')),
                ('statistics_at', models.DateTimeField(blank=True, null=True, verbose_name='statistics read')),
                ('missing_lines', models.PositiveIntegerField(default=0, verbose_name='missing lines')),
                ('source', models.CharField(blank=True, choices=[('callback', 'A callback of the cloud'), ('poll', "The platform's own look"), ('entry', 'Somebody who entered'), ('admin', 'An administrator'), ('by_hand', 'Somebody asking by hand'), ('command', 'A command')], max_length=16, verbose_name='asked because of')),
                ('forgotten_at', models.DateTimeField(blank=True, null=True)),
                ('missing_reason', models.CharField(blank=True, choices=[('never_came', 'For 48 hours the classroom service had no statistics of this class.'), ('room_gone', 'The room was deleted before its statistics came.'), ('refused', 'For 48 hours the classroom service refused to give the statistics of this class.'), ('incomplete', 'The classroom service told of some people only who were in this class.')], max_length=16, verbose_name='why they never came')),
            ],
            options={
                'verbose_name': 'statistics of a room',
                'verbose_name_plural': 'statistics of rooms',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='attendance_statistics_due'), models.Index(fields=['ended_at'], name='attendance_statistics_by_end')],
                'constraints': [models.CheckConstraint(condition=models.Q(('missing_reason__in', ['', 'never_came', 'room_gone', 'refused', 'incomplete'])), name='attendance_statistics_known_reason'), models.CheckConstraint(condition=models.Q(('source__in', ['', 'callback', 'poll', 'entry', 'admin', 'by_hand', 'command'])), name='attendance_statistics_known_source')],
            },
        ),
        migrations.CreateModel(
            name='MemberRecord',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('classroom_user_id', models.CharField(max_length=128)),
                ('nickname', models.CharField(blank=True, max_length=128)),
                ('role', models.PositiveSmallIntegerField(choices=[(0, 'Student'), (1, 'Teacher'), (2, 'Assistant'), (3, 'Supervisor')])),
                ('present_s', models.PositiveIntegerField()),
                ('first_joined_at', models.DateTimeField(blank=True, null=True)),
                ('last_quit_at', models.DateTimeField(blank=True, null=True)),
                ('device', models.PositiveSmallIntegerField(choices=[(0, 'Unknown'), (1, 'Windows'), (2, 'macOS'), (3, 'Android'), (4, 'iOS'), (5, 'Browser'), (6, 'Browser of a phone'), (7, 'WeChat mini program')], default=0)),
                ('statistics', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='members', to='attendance.roomstatistics')),
            ],
            options={
                'verbose_name': 'member of a class',
                'verbose_name_plural': 'members of classes',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Stay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('classroom_user_id', models.CharField(max_length=128)),
                ('joined_at', models.DateTimeField()),
                ('left_at', models.DateTimeField(blank=True, null=True)),
                ('statistics', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stays', to='attendance.roomstatistics')),
            ],
            options={
                'verbose_name': 'stay in a class',
                'verbose_name_plural': 'stays in classes',
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='personattendance',
            constraint=models.UniqueConstraint(fields=('attendance', 'person'), name='attendance_person_once_a_lesson'),
        ),
        migrations.AddConstraint(
            model_name='personattendance',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', ['teacher', 'assistant', 'student'])), name='attendance_person_known_role'),
        ),
        migrations.AddConstraint(
            model_name='personattendance',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['', 'present', 'late', 'left_early', 'absent', 'excused'])), name='attendance_person_known_state'),
        ),
        migrations.AddConstraint(
            model_name='personattendance',
            constraint=models.CheckConstraint(condition=models.Q(('corrected_state__in', ['', 'present', 'late', 'left_early', 'absent', 'excused'])), name='attendance_person_known_correction'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['', 'present', 'late', 'left_early', 'absent', 'excused'])), name='attendance_correction_known_state'),
        ),
        migrations.AddConstraint(
            model_name='correction',
            constraint=models.CheckConstraint(condition=models.Q(('before__in', ['', 'present', 'late', 'left_early', 'absent', 'excused'])), name='attendance_correction_known_before'),
        ),
        migrations.AddConstraint(
            model_name='memberrecord',
            constraint=models.UniqueConstraint(fields=('statistics', 'classroom_user_id'), name='attendance_member_once_a_room'),
        ),
        migrations.AddConstraint(
            model_name='memberrecord',
            constraint=models.CheckConstraint(condition=models.Q(('role__in', [0, 1, 2, 3])), name='attendance_member_known_role'),
        ),
        migrations.AddConstraint(
            model_name='memberrecord',
            constraint=models.CheckConstraint(condition=models.Q(('device__in', [0, 1, 2, 3, 4, 5, 6, 7])), name='attendance_member_known_device'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.UniqueConstraint(fields=('statistics', 'classroom_user_id', 'joined_at'), name='attendance_stay_once'),
        ),
        migrations.AddConstraint(
            model_name='stay',
            constraint=models.CheckConstraint(condition=models.Q(('left_at__gt', models.F('joined_at'))), name='attendance_stay_leaves_after_joining'),
        ),
    ]
