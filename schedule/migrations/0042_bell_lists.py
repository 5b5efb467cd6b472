from __future__ import annotations

import accounts.random_codes
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schedule', '0041_recordings_by_hand'),
    ]

    operations = [
        migrations.CreateModel(
            name='BellList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('name', models.CharField(max_length=64, verbose_name='name')),
                ('first_day', models.DateField(blank=True, null=True, verbose_name='from')),
                ('last_day', models.DateField(blank=True, null=True, verbose_name='to')),
                ('weekdays', models.JSONField(blank=True, default=list)),
                ('grades', models.JSONField(blank=True, default=list)),
                ('is_for_class_groups', models.BooleanField(default=False)),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bell_lists', to='schedule.term')),
            ],
            options={
                'verbose_name': 'list of bell times',
                'verbose_name_plural': 'lists of bell times',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='BellListClassGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bell_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='schedule.belllist')),
                ('classgroup', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='schedule.classgroup')),
            ],
            options={
                'default_permissions': (),
                'unique_together': {('bell_list', 'classgroup')},
            },
        ),
        migrations.AddField(
            model_name='belllist',
            name='class_groups',
            field=models.ManyToManyField(blank=True, related_name='bell_lists', through='schedule.BellListClassGroup', to='schedule.classgroup', verbose_name='class groups'),
        ),
        migrations.CreateModel(
            name='BellListTime',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='number')),
                ('starts', models.TimeField(verbose_name='start')),
                ('ends', models.TimeField(verbose_name='end')),
                ('bell_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='times', to='schedule.belllist')),
            ],
            options={
                'verbose_name': 'bell time of a list',
                'verbose_name_plural': 'bell times of lists',
                'ordering': ('number',),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PartDayOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('name', models.CharField(blank=True, max_length=64, verbose_name='name')),
                ('first_day', models.DateField(verbose_name='from')),
                ('last_day', models.DateField(verbose_name='to')),
                ('from_bell', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='from period')),
                ('until_bell', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='until period')),
                ('is_for_class_groups', models.BooleanField(default=False)),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='part_days_off', to='schedule.term')),
            ],
            options={
                'verbose_name': "part of the school's days off",
                'verbose_name_plural': "parts of the school's days off",
                'ordering': ('first_day', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='PartDayOffClassGroup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('classgroup', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='schedule.classgroup')),
                ('day_off', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='schedule.partdayoff')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='partdayoff',
            name='class_groups',
            field=models.ManyToManyField(blank=True, related_name='days_off', through='schedule.PartDayOffClassGroup', to='schedule.classgroup', verbose_name='class groups'),
        ),
        migrations.CreateModel(
            name='ChangeFromDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_day', models.DateField()),
                ('weekly_lessons', models.JSONField(default=list)),
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='from_day', to='schedule.planningaction')),
                ('term', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes_from_day', to='schedule.term')),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddConstraint(
            model_name='belllist',
            constraint=models.UniqueConstraint(fields=('term', 'name'), name='schedule_bell_list_once_a_term'),
        ),
        migrations.AddConstraint(
            model_name='belllist',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('first_day', None), ('last_day', None)), ('last_day__gte', models.F('first_day')), _connector='OR'), name='schedule_bell_list_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='belllisttime',
            constraint=models.UniqueConstraint(fields=('bell_list', 'number'), name='schedule_bell_list_time_once'),
        ),
        migrations.AddConstraint(
            model_name='belllisttime',
            constraint=models.CheckConstraint(condition=models.Q(('ends__gt', models.F('starts'))), name='schedule_bell_list_time_ends_after_start'),
        ),
        migrations.AlterUniqueTogether(
            name='partdayoffclassgroup',
            unique_together={('day_off', 'classgroup')},
        ),
        migrations.AddConstraint(
            model_name='partdayoff',
            constraint=models.CheckConstraint(condition=models.Q(('last_day__gte', models.F('first_day'))), name='schedule_part_day_off_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='partdayoff',
            constraint=models.CheckConstraint(condition=models.Q(('from_bell', None), ('until_bell', None), ('until_bell__gte', models.F('from_bell')), _connector='OR'), name='schedule_part_day_off_ends_with_a_later_bell'),
        ),
    ]
