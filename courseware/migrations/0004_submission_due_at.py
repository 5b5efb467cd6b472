from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courseware', '0003_columns_of_due_work'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='submission', name='courseware_submission_due'),
        migrations.RenameField('submission', 'next_look_at', 'due_at'),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['due_at'], name='courseware_submission_due'),
        ),
    ]
