from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0010_identities_due'),
    ]

    operations = [
        migrations.AddField(
            model_name='schoolsettings',
            name='keeps_watch_records',
            field=models.BooleanField(default=False, help_text='Everybody reads so in their profile. Visitors by a link are not recorded.', verbose_name='keep records of who watches signalling replays, when and how long'),
        ),
    ]
