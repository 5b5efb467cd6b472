from __future__ import annotations

import accounts.random_codes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schedule', '0044_school_years'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    safe_because = (
        "the release before keeps one calendar a person, as the new constraint asks, and the table has a row a person "
        "at most, so that building its indexes takes no second"
    )

    operations = [
        migrations.CreateModel(
            name='FamilyAddress',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('email', models.EmailField(max_length=254, verbose_name='address')),
                ('token_digest', models.CharField(blank=True, default='', editable=False, max_length=64)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('is_daily', models.BooleanField(default=True)),
                ('language', models.CharField(max_length=16)),
                ('told_until', models.DateTimeField(default=django.utils.timezone.now)),
                ('asks_since', models.DateTimeField(blank=True, null=True)),
                ('asks', models.PositiveSmallIntegerField(default=0)),
            ],
            options={
                'verbose_name': 'address of a family',
                'verbose_name_plural': 'addresses of families',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FamilyLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('label', models.CharField(max_length=64, verbose_name='whose')),
                ('token_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='made')),
                ('first_used_at', models.DateTimeField(blank=True, null=True, verbose_name='first used')),
                ('used_on', models.DateField(blank=True, null=True, verbose_name='last used')),
                ('browser_count', models.PositiveIntegerField(default=0)),
                ('opened_since', models.DateTimeField(blank=True, null=True)),
                ('opened_count', models.PositiveSmallIntegerField(default=0)),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='ended')),
            ],
            options={
                'verbose_name': 'family link',
                'verbose_name_plural': 'family links',
                'ordering': ('made_at', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='FamilySlips',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('sealed_tokens', models.TextField(blank=True, default='')),
            ],
            options={
                'verbose_name': 'print of family links',
                'verbose_name_plural': 'prints of family links',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Guest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('name', models.CharField(blank=True, max_length=64, verbose_name='name')),
                ('token_digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('invited_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='invited')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='sent away')),
                ('entered_at', models.DateTimeField(blank=True, null=True, verbose_name='first came in')),
                ('sdk_app_id', models.BigIntegerField(blank=True, null=True)),
                ('origin_id', models.CharField(default=accounts.random_codes.make_origin_id, editable=False, max_length=64, unique=True)),
                ('classroom_user_id', models.CharField(blank=True, default='', max_length=128)),
                ('earlier_user_ids', models.JSONField(blank=True, default=list)),
                ('sent_nickname', models.CharField(blank=True, default='', max_length=128)),
                ('discarded_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'guest',
                'verbose_name_plural': 'guests',
                'ordering': ('invited_at', 'pk'),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='lesson',
            name='families_may_watch',
            field=models.BooleanField(blank=True, null=True, verbose_name='families may watch the replay'),
        ),
        migrations.AlterField(
            model_name='calendarfeed',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feeds', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='FamilyChild',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='family_children', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'child of a family link',
                'verbose_name_plural': 'children of family links',
                'ordering': ('pk',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='calendarfeed',
            name='family_child',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='calendar_feed', to='schedule.familychild'),
        ),
        migrations.AddConstraint(
            model_name='calendarfeed',
            constraint=models.UniqueConstraint(condition=models.Q(('family_child', None)), fields=('user',), name='schedule_calendarfeed_one_of_their_own'),
        ),
        migrations.AddField(
            model_name='familylink',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familylink',
            name='made_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familychild',
            name='link',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='children', to='schedule.familylink'),
        ),
        migrations.AddField(
            model_name='familyaddress',
            name='link',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='address', to='schedule.familylink'),
        ),
        migrations.AddField(
            model_name='familyslips',
            name='class_group',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='family_slips', to='schedule.classgroup'),
        ),
        migrations.AddField(
            model_name='familyslips',
            name='printed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='familylink',
            name='slips',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='links', to='schedule.familyslips'),
        ),
        migrations.AddField(
            model_name='guest',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='guest',
            name='invited_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='invited by'),
        ),
        migrations.AddField(
            model_name='guest',
            name='lesson',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='guests', to='schedule.lesson', verbose_name='lesson'),
        ),
        migrations.AddConstraint(
            model_name='familychild',
            constraint=models.UniqueConstraint(fields=('link', 'person'), name='schedule_familychild_once'),
        ),
        migrations.AddIndex(
            model_name='familyaddress',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='schedule_familyaddress_due'),
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(condition=models.Q(('classroom_user_id', ''), _negated=True), fields=['classroom_user_id'], name='schedule_guest_by_user_id'),
        ),
        migrations.AddIndex(
            model_name='guest',
            index=models.Index(condition=models.Q(('discarded_at', None), ('sdk_app_id__isnull', False)), fields=['lesson'], name='schedule_guest_in_cloud'),
        ),
    ]
