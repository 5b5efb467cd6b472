from __future__ import annotations

from typing import Any

from django.db import migrations, models
from django.db.models import Q

from edu_platform.lib.natural_keys import set_missing_and_stale_keys
from schedule.models.class_groups import grade_in


def fill_keys(apps: Any, editor: Any) -> None:
    for name in ("ClassGroup", "Course"):
        rows = apps.get_model("schedule", name).objects.using(editor.connection.alias)
        set_missing_and_stale_keys(rows)


def take_grades_from_names(apps: Any, editor: Any) -> None:
    groups = apps.get_model("schedule", "ClassGroup").objects.using(editor.connection.alias)
    for pk, name in groups.filter(grade="").values_list("pk", "name"):
        if grade := grade_in(name):
            groups.filter(pk=pk).update(grade=grade)


class Migration(migrations.Migration):
    dependencies = [("schedule", "0035_names_in_order")]
    safe_because = (
        "the version before writes no colour; what it writes meanwhile gets its key at night, and a class group of it"
        " has no grade until somebody gives it one"
    )

    operations = [
        migrations.RunPython(fill_keys, migrations.RunPython.noop),
        migrations.RunPython(take_grades_from_names, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="course",
            constraint=models.CheckConstraint(
                condition=Q(colour__in=list(range(13))), name="schedule_course_known_colour"
            ),
        ),
    ]
