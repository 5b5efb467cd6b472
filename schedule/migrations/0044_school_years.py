from __future__ import annotations

import accounts.random_codes
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schedule', '0043_consent_to_recordings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SchoolYear',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(default=accounts.random_codes.make_code, editable=False, max_length=16, unique=True)),
                ('first_day', models.DateField(verbose_name='first day')),
                ('begun_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='time')),
                ('counts', models.JSONField(default=dict)),
                ('written', models.JSONField(default=dict)),
                ('undone_at', models.DateTimeField(blank=True, null=True)),
                ('begun_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('undone_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'school year',
                'verbose_name_plural': 'school years',
                'default_permissions': (),
            },
        ),
    ]
