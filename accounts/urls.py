from __future__ import annotations

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/picture/", views.profile_picture, name="profile_picture"),
    path("profile/notices-by-mail/", views.mail_choice, name="mail_choice"),
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read_notices, name="read_notices"),
    path("notices/<slug:code>/open/", views.open_notice, name="open_notice"),
    path("", include("allauth.account.urls")),
]
