from __future__ import annotations

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/picture/", views.profile_picture, name="profile_picture"),
    path("", include("allauth.account.urls")),
]
