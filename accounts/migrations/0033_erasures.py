from __future__ import annotations

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("accounts", "0032_audit_knows_personal_data")]
    safe_because = "nobody is erased before the upgrade, and one scan of the people takes no second"

    operations = [
        migrations.CreateModel(
            name='ErasedCloudId',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(max_length=64, unique=True)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lease_token', models.CharField(blank=True, editable=False, max_length=32)),
                ('leased_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('due_at', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('unreachable_since', models.DateTimeField(blank=True, null=True)),
                ('last_error', models.CharField(blank=True, max_length=255)),
                ('state', models.CharField(choices=[('asked', 'to be confirmed'), ('withdrawn', 'withdrawn'), ('under_way', 'under way'), ('erased', 'erased')], default='asked', max_length=16, verbose_name='state')),
                ('step', models.CharField(choices=[('cloud', 'the classroom cloud deletes the person'), ('here', 'names, ways to sign in and files go here'), ('check', 'everything is looked through once more')], default='cloud', max_length=8)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='asked for')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='reason')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('strikes_text', models.BooleanField(default=True)),
                ('strings', models.JSONField(blank=True, default=dict)),
                ('prints', models.JSONField(blank=True, default=list)),
                ('username_print', models.CharField(blank=True, db_index=True, max_length=32)),
                ('counts', models.JSONField(blank=True, default=dict)),
                ('applications_left', models.JSONField(blank=True, default=list)),
            ],
            options={
                'verbose_name': 'erasure',
                'verbose_name_plural': 'erasures',
                'default_permissions': (),
            },
        ),
        migrations.CreateModel(
            name='ErasurePlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=64)),
                ('row', models.CharField(max_length=64)),
                ('column', models.CharField(max_length=64)),
                ('is_left', models.BooleanField(default=False)),
            ],
            options={
                'default_permissions': (),
            },
        ),
        migrations.AddField(
            model_name='user',
            name='erasing_since',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('erasing_since', None), ('is_active', False), _connector='OR'), name='accounts_user_erased_is_deactivated', violation_error_message='Who is erased stays deactivated.'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='asked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='erasure',
            name='confirmed_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='erasure',
            name='person',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='erasure', to=settings.AUTH_USER_MODEL, verbose_name='person'),
        ),
        migrations.AddField(
            model_name='erasureplace',
            name='erasure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='places', to='accounts.erasure'),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='erasure_due'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['asked', 'withdrawn', 'under_way', 'erased'])), name='accounts_erasure_known_state'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.CheckConstraint(condition=models.Q(('step__in', ['cloud', 'here', 'check'])), name='accounts_erasure_known_step'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_by', None), models.Q(('confirmed_by', models.F('asked_by')), _negated=True), _connector='OR'), name='accounts_erasure_by_two'),
        ),
        migrations.AddConstraint(
            model_name='erasureplace',
            constraint=models.UniqueConstraint(fields=('erasure', 'model', 'row', 'column'), name='accounts_erasureplace_once'),
        ),
    ]
