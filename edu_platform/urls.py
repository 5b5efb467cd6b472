from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path, re_path
from django.views.i18n import set_language

from accounts.views.pictures import home_screen_icon, logo, manifest, picture
from edu_platform.keeping_times.views import keeping_times
from edu_platform.styleguide import styleguide
from edu_platform.views import home
from schedule.families.page.views import elsewhere as family_elsewhere

urlpatterns = [
    path("", home, name="home"),
    path("styleguide/", styleguide, name="styleguide"),
    path("language/", login_not_required(set_language), name="set_language"),
    path("media/avatars/<slug:name>.jpg", picture, name="picture"),
    re_path(r"^media/logos/(?P<name>[-\w]+)\.(?P<suffix>png|jpg)$", logo, name="logo"),
    path("manifest.webmanifest", manifest, name="manifest"),
    re_path(
        r"^home-screen/(?P<logo>[-\w]+\.(?:png|jpg))/(?P<kind>[a-z0-9]+)\.png$",
        home_screen_icon,
        name="home_screen_icon",
    ),
    path("start/", include("edu_platform.start.urls")),
    path("accounts/profile/consent/", include("schedule.consents.urls")),
    path("accounts/keeping-times/", keeping_times, name="keeping_times"),
    path("accounts/", include("accounts.urls")),
    path("schedule/", include("schedule.urls")),
    path("guest/", include("schedule.guests.urls")),
    # Before the people themselves, whose codes are longer words.
    path("people/incidents/", include("edu_platform.incidents.urls")),
    path("people/privacy-report/", include("edu_platform.yearly_report.urls")),
    path("", include("schedule.families.urls")),
    path("people/", include("schedule.people.urls")),
    path("class-groups/", include("schedule.class_groups.urls")),
    path("courses/", include("schedule.courses.urls")),
    path("imports/", include("schedule.imports.urls")),
    path("replays/", include("replays.urls")),
    path("courseware/", include("courseware.urls")),
    path("", include("attendance.urls")),
    # Before the pages of families, whose tokens are longer words.
    path("family/", include("schedule.families.mailing.urls")),
    path("family/<str:token>/replays/", include("replays.family_urls")),
    path("family/", include("schedule.families.page.urls")),
    path("help/", include("edu_platform.help.urls")),
    path("callbacks/classroom/", include("classroom.urls")),
    path("admin/schedule/", include("schedule.moved_addresses")),
    path("admin/", admin.site.urls),
    # Below all others that begin so.
    re_path(r"^family/(?P<token>.+)$", family_elsewhere, name="family_elsewhere"),
]

handler500 = "edu_platform.views.failed"
