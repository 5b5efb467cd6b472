from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('schedule', '0005_room_states'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='room',
            name='schedule_room_known_source',
        ),
        migrations.AddField(
            model_name='room',
            name='must_ask_for_recording',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='room',
            name='recording_refused',
            field=models.BooleanField(default=False, verbose_name='recording refused'),
        ),
        migrations.AddField(
            model_name='room',
            name='silence_began_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='room',
            name='silence_ended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='room',
            name='source',
            field=models.CharField(blank=True, choices=[('callback', 'A callback of the cloud'), ('poll', "The platform's own look"), ('entry', 'Somebody who entered'), ('admin', 'An administrator'), ('by_hand', 'Somebody asking by hand'), ('command', 'A command')], max_length=16, verbose_name='asked because of'),
        ),
        migrations.AddConstraint(
            model_name='room',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ['', 'callback', 'poll', 'entry', 'admin', 'by_hand', 'command'])), name='schedule_room_known_source'),
        ),
    ]
