from __future__ import annotations

from django.db import migrations

from edu_platform.lib.natural_keys import PinyinField


class Migration(migrations.Migration):
    dependencies = [("schedule", "0036_keys_and_grades")]

    operations = [
        migrations.AddField("classgroup", "name_pinyin", PinyinField(of="name")),
        migrations.AddField("course", "name_pinyin", PinyinField(of="name")),
    ]
