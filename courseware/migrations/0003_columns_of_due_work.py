from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courseware', '0002_asked_by_hand'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='courseware', name='courseware_due'),
        migrations.RemoveIndex(model_name='binding', name='courseware_binding_due'),
        migrations.RemoveIndex(model_name='discardeddocument', name='courseware_discarded_due'),
        migrations.RenameField('courseware', 'next_ask_at', 'due_at'),
        migrations.RenameField('courseware', 'unanswered_since', 'unreachable_since'),
        migrations.RenameField('courseware', 'claim', 'lease_token'),
        migrations.RenameField('courseware', 'claimed_until', 'leased_until'),
        migrations.RenameField('courseware', 'tries', 'call_number'),
        migrations.RenameField('binding', 'next_try_at', 'due_at'),
        migrations.RenameField('binding', 'tries', 'attempts'),
        migrations.RenameField('binding', 'claim', 'lease_token'),
        migrations.RenameField('binding', 'claimed_until', 'leased_until'),
        migrations.RenameField('discardeddocument', 'next_try_at', 'due_at'),
        migrations.RenameField('discardeddocument', 'tries', 'attempts'),
        migrations.RenameField('upload', 'claim', 'lease_token'),
        migrations.RenameField('upload', 'claimed_until', 'leased_until'),
        migrations.AddField(
            model_name='courseware',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AddField(
            model_name='discardeddocument',
            name='last_error',
            field=models.CharField(blank=True, max_length=255),
        ),
        migrations.AddField(
            model_name='discardeddocument',
            name='lease_token',
            field=models.CharField(blank=True, editable=False, max_length=32),
        ),
        migrations.AddField(
            model_name='discardeddocument',
            name='leased_until',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='discardeddocument',
            name='unreachable_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='discardeddocument',
            name='attempts',
            field=models.PositiveSmallIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name='discardeddocument',
            name='due_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name='binding',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='courseware_binding_due'),
        ),
        migrations.AddIndex(
            model_name='courseware',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='courseware_due'),
        ),
        migrations.AddIndex(
            model_name='discardeddocument',
            index=models.Index(fields=['due_at'], name='courseware_discarded_due'),
        ),
    ]
