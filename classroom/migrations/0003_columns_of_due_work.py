from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('classroom', '0002_documents'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='callbackevent', name='classroom_callbackevent_due'),
        migrations.RenameField('callbackevent', 'next_try_at', 'due_at'),
        migrations.RenameField('callbackevent', 'tries', 'attempts'),
        migrations.RenameField('callbackevent', 'claim', 'lease_token'),
        migrations.RenameField('callbackevent', 'claimed_until', 'leased_until'),
        migrations.AddIndex(
            model_name='callbackevent',
            index=models.Index(condition=models.Q(('state', 'waiting')), fields=['due_at'], name='classroom_callbackevent_due'),
        ),
    ]
