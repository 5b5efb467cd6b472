from django.db import migrations, models

from edu_platform.lib.migration_operations import AddIndexWhileWritten


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("courseware", "0008_versions_of_courseware")]

    operations = [
        AddIndexWhileWritten(
            model_name="courseware",
            index=models.Index(
                condition=models.Q(("version_of__isnull", False)),
                fields=["version_of"],
                name="courseware_versions",
            ),
        ),
        AddIndexWhileWritten(
            model_name="courseware",
            index=models.Index(
                condition=models.Q(("coming__isnull", False)),
                fields=["coming"],
                name="courseware_coming",
            ),
        ),
        AddIndexWhileWritten(
            model_name="courseware",
            index=models.Index(
                condition=models.Q(("uploaded_by__isnull", False)),
                fields=["uploaded_by"],
                name="courseware_by_uploader",
            ),
        ),
    ]
