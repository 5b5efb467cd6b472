from __future__ import annotations

import accounts.random_codes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    safe_because = (
        "the release before neither reads nor writes the age band, whose default the constraint takes, and class groups"
        " are few"
    )

    dependencies = [
        ('schedule', '0042_bell_lists'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Consent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('school_year', models.PositiveSmallIntegerField(verbose_name='school year')),
                ('given_by', models.CharField(choices=[('person', 'The person'), ('guardian', 'A guardian')], max_length=16, verbose_name='given by')),
                ('guardian_name', models.CharField(blank=True, default='', max_length=64, verbose_name='guardian')),
                ('guardian_relation', models.CharField(blank=True, default='', max_length=32, verbose_name='relation to the student')),
                ('given_at', models.DateTimeField(verbose_name='given at')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='withdrawn at')),
                ('digest', models.CharField(max_length=64)),
            ],
            options={
                'verbose_name': 'consent to recordings',
                'verbose_name_plural': 'consents to recordings',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ConsentText',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(unique=True, verbose_name='version')),
                ('chinese_text', models.TextField(max_length=20000, verbose_name='text in Chinese')),
                ('english_text', models.TextField(blank=True, default='', max_length=20000, verbose_name='text in English')),
                ('asks_again', models.BooleanField(default=False)),
                ('published_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'verbose_name': 'text of the consent to recordings',
                'verbose_name_plural': 'texts of the consent to recordings',
                'ordering': ('-number',),
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='classgroup',
            name='age_band',
            field=models.CharField(blank=True, choices=[('under_14', 'Under 14'), ('14_to_17', '14 to 17'), ('adult', 'Adults')], db_default='', default='', max_length=16, verbose_name='age band'),
        ),
        migrations.AddConstraint(
            model_name='classgroup',
            constraint=models.CheckConstraint(condition=models.Q(('age_band__in', ['', 'under_14', '14_to_17', 'adult'])), name='schedule_classgroup_known_age_band'),
        ),
        migrations.AddField(
            model_name='consent',
            name='person',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='consent',
            name='recorded_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='withdrawn_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consenttext',
            name='published_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='consent',
            name='text',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='consents', to='schedule.consenttext'),
        ),
        migrations.AddIndex(
            model_name='consent',
            index=models.Index(fields=['school_year'], name='schedule_consent_of_a_year'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.UniqueConstraint(condition=models.Q(('withdrawn_at', None)), fields=('person', 'school_year', 'text'), name='schedule_consent_one_stands'),
        ),
        migrations.AddConstraint(
            model_name='consent',
            constraint=models.CheckConstraint(condition=models.Q(('given_by__in', ['person', 'guardian'])), name='schedule_consent_known_giver'),
        ),
    ]
