from __future__ import annotations

import accounts.random_codes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schedule', '0038_pinyin_of_names'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('topic', models.CharField(choices=[('people', 'People'), ('lessons', 'Lessons'), ('patterns', 'Weekly Lessons'), ('fet', 'Fet')], max_length=16)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='time')),
                ('origin', models.CharField(choices=[('page', 'In a page'), ('import', 'By an import'), ('command', 'By a command'), ('term', 'By the plan of the term')], max_length=16)),
                ('file_name', models.CharField(blank=True, max_length=255)),
                ('counts', models.JSONField(default=dict)),
                ('term_name', models.CharField(blank=True, max_length=64)),
                ('made', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('undone', models.JSONField(default=dict)),
                ('action', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='file', to='schedule.planningaction')),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('term', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='schedule.term')),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ImportedPerson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField()),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='people', to='schedule.importedfile')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ImportedWeeklyLesson',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(blank=True, null=True)),
                ('after', models.JSONField(blank=True, null=True)),
                ('source_before', models.CharField(blank=True, max_length=16)),
                ('planned', models.JSONField(default=list)),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='weekly_lessons', to='schedule.importedfile')),
                ('weekly_lesson', models.ForeignKey(blank=True, db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='schedule.weeklylesson')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddIndex(
            model_name='importedfile',
            index=models.Index(fields=['at'], name='schedule_imported_by_time'),
        ),
        migrations.AddConstraint(
            model_name='importedfile',
            constraint=models.CheckConstraint(condition=models.Q(('topic__in', ['people', 'lessons', 'patterns', 'fet'])), name='schedule_imported_known_topic'),
        ),
        migrations.AddConstraint(
            model_name='importedfile',
            constraint=models.CheckConstraint(condition=models.Q(('origin__in', ['page', 'import', 'command', 'term'])), name='schedule_imported_known_origin'),
        ),
        migrations.AddConstraint(
            model_name='importedperson',
            constraint=models.UniqueConstraint(fields=('file', 'user'), name='schedule_importedperson_once_a_file'),
        ),
    ]
