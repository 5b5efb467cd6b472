"""What the web server loads."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from edu_platform import stopping

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "edu_platform.settings")

stopping.repeat_lost_signals()
application = get_wsgi_application()
