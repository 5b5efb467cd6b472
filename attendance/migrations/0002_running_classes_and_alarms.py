from __future__ import annotations

import accounts.random_codes
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('attendance', '0001_who_was_in_class'),
        ('schedule', '0041_recordings_by_hand'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LessonWatch',
            fields=[
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('lesson', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='watch', serialize=False, to='schedule.lesson')),
                ('students_judged_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'watch over a lesson',
                'verbose_name_plural': 'watch over lessons',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='attendance_watch_due')],
            },
        ),
        migrations.CreateModel(
            name='RoomPresence',
            fields=[
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='presence', serialize=False, to='schedule.room', verbose_name='room')),
                ('looked_at', models.DateTimeField(blank=True, null=True)),
                ('members', models.JSONField(default=list)),
                ('teacher_away_since', models.DateTimeField(blank=True, null=True)),
                ('changed_at', models.DateTimeField(blank=True, null=True)),
                ('over_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'people in a room',
                'verbose_name_plural': 'people in rooms',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='attendance_presence_due')],
            },
        ),
        migrations.CreateModel(
            name='WallAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('name', models.CharField(max_length=64, verbose_name='name')),
                ('token_digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('used_on', models.DateField(blank=True, null=True)),
                ('made_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'address of a wall screen',
                'verbose_name_plural': 'addresses of wall screens',
                'ordering': ('made_at', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Alarm',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('kind', models.CharField(choices=[('not_started', 'Nobody has started the class'), ('teacher_missing', 'No teacher in the class'), ('empty', 'No student in the class'), ('not_recorded', 'The class is not recorded'), ('running_over', 'The class runs into the next lesson'), ('cannot_be_opened', 'The class cannot be opened')], max_length=24, verbose_name='alarm')),
                ('certain_at', models.DateTimeField()),
                ('raised_at', models.DateTimeField(verbose_name='raised')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
                ('end', models.CharField(blank=True, choices=[('cause_gone', 'The cause is gone'), ('class_over', 'The class is over'), ('lesson_changed', 'The lesson was cancelled or moved')], max_length=16)),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='note')),
                ('told_at', models.DateTimeField(blank=True, null=True)),
                ('all_told_at', models.DateTimeField(blank=True, null=True)),
                ('lesson', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='alarms', to='schedule.lesson', verbose_name='lesson')),
                ('taken_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='taken by')),
            ],
            options={
                'verbose_name': 'alarm of a class',
                'verbose_name_plural': 'alarms of classes',
                'default_permissions': (),
                'indexes': [models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='attendance_alarm_due'), models.Index(condition=models.Q(('ended_at', None)), fields=['lesson'], name='attendance_alarm_open'), models.Index(fields=['raised_at'], name='attendance_alarm_by_raised')],
                'constraints': [models.UniqueConstraint(fields=('lesson', 'kind'), name='attendance_alarm_once_a_lesson'), models.CheckConstraint(condition=models.Q(('kind__in', ['not_started', 'teacher_missing', 'empty', 'not_recorded', 'running_over', 'cannot_be_opened'])), name='attendance_alarm_known_kind'), models.CheckConstraint(condition=models.Q(('end__in', ['', 'cause_gone', 'class_over', 'lesson_changed'])), name='attendance_alarm_known_end'), models.CheckConstraint(condition=models.Q(models.Q(('end', ''), ('ended_at', None)), models.Q(('ended_at__isnull', False), models.Q(('end', ''), _negated=True)), _connector='OR'), name='attendance_alarm_ends_for_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='DutyHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('weekday', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(7)], verbose_name='weekday')),
                ('starts', models.TimeField(verbose_name='from')),
                ('ends', models.TimeField(verbose_name='until')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='duty_hours', to=settings.AUTH_USER_MODEL, verbose_name='person')),
            ],
            options={
                'verbose_name': 'hours on duty',
                'verbose_name_plural': 'hours on duty',
                'ordering': ('weekday', 'starts', 'pk'),
                'default_permissions': (),
                'constraints': [models.UniqueConstraint(fields=('person', 'weekday', 'starts'), name='attendance_duty_once'), models.CheckConstraint(condition=models.Q(('weekday__range', (1, 7))), name='attendance_duty_known_weekday'), models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='attendance_duty_ends_after_start')],
            },
        ),
    ]
