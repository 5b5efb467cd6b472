from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('replays', '0006_events_of_replays_and_uses_of_playback'),
    ]

    operations = [
        migrations.AlterField(
            model_name='replay',
            name='reason',
            field=models.CharField(choices=[('to_come', 'The class is still to come'), ('running', 'The class is running'), ('ended', 'The class has ended; the cloud is making the recording'), ('by_hand_running', 'The class is running; it is recorded by hand'), ('by_hand_ended', 'The class has ended; it was to be recorded by hand'), ('found', 'The recording was found'), ('not_recorded', 'Recording is off for this class'), ('not_started_by_hand', 'Nobody started a recording in the class'), ('cancelled', 'The lesson was cancelled'), ('never_held', 'The class was never held'), ('room_gone', "The class's room was deleted in the cloud"), ('given_up', 'The cloud showed no recording for 30 days'), ('refused', 'The cloud refused to tell of the recording for 30 days'), ('vanished', 'The recording was deleted in the cloud'), ('storage_full', "The school's storage in the cloud was full, or its bill not paid"), ('binned', 'In the trash'), ('deleted_here', 'Deleted by the school, in the cloud too')], default='to_come', max_length=24, verbose_name='why'),
        ),
        migrations.AlterField(
            model_name='replayevent',
            name='kind',
            field=models.CharField(choices=[('state', 'It came into another state'), ('callback', 'Callback received'), ('nothing_yet', 'The cloud was asked, and had no recording yet'), ('silent', 'The cloud could not be asked'), ('refused', 'The cloud refused to tell'), ('answers', 'The cloud answered again'), ('file_found', 'Files were found'), ('file_missing', 'The cloud did not list files any more'), ('file_back', 'The cloud listed files again'), ('file_gone', 'Files are gone from the cloud'), ('asked_by_hand', 'Somebody checked the cloud'), ('told_late', 'People were told that it is late'), ('told_ready', 'People were told that it is ready'), ('binned', 'It was moved to the trash'), ('restored', 'It was restored from the trash'), ('expiry_told', 'People were told that its time is soon over'), ('purge_refused', 'The cloud did not delete it'), ('purged', 'It was deleted in the cloud')], max_length=24, verbose_name='step'),
        ),
        migrations.AlterField(
            model_name='retention',
            name='days',
            field=models.PositiveSmallIntegerField(help_text='After so many days its replays go to the trash; their teacher is warned a week before.', validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(3650)], verbose_name='days'),
        ),
    ]
