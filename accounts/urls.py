from __future__ import annotations

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("", include("allauth.account.urls")),
]
