from django.db import migrations, models

TOPICS = ["people", "lessons", "patterns"]


def known_topic(model):
    name = f"schedule_{model}_known_topic"
    return [
        migrations.RemoveConstraint(model, name),
        migrations.AddConstraint(
            model,
            models.CheckConstraint(condition=models.Q(("topic__in", TOPICS)), name=name),
        ),
        migrations.AlterField(
            model,
            "topic",
            models.CharField(
                choices=[("people", "People"), ("lessons", "Lessons"), ("patterns", "Patterns")],
                max_length=16,
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("schedule", "0022_terms_do_not_overlap")]

    operations = [*known_topic("checkedfile"), *known_topic("checkedrows")]
