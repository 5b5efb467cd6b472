from __future__ import annotations

from django.db import migrations, models

from accounts.random_codes import make_code
from edu_platform.lib.natural_keys import PinyinField
from edu_platform.lib.pinyin import person_pinyin


class Migration(migrations.Migration):
    dependencies = [("accounts", "0020_keys_of_people")]
    safe_because = (
        "the release before names none of these columns, and a school has so few people that the index of codes is"
        " built in an instant; empty codes are as many as one likes"
    )

    operations = [
        migrations.AddField(
            model_name="user",
            name="code",
            # Without the default, which would give all rows one code.
            field=models.CharField(max_length=16, null=True, editable=False),
        ),
        migrations.AlterField(
            model_name="user",
            name="code",
            field=models.CharField(
                default=make_code, editable=False, max_length=16, null=True, unique=True
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="name_pinyin",
            field=PinyinField(of="display_name", make=person_pinyin),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="logo",
            field=models.ImageField(
                blank=True, db_default="", default="", upload_to="logos/", verbose_name="logo"
            ),
        ),
        migrations.AddField(
            model_name="schoolsettings",
            name="start_put_away_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="schoolsettings",
            name="teachers_see_all_timetables",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="They arrange swaps by it. Students see their own timetable alone.",
                verbose_name="teachers see the timetable of the whole school",
            ),
        ),
    ]
