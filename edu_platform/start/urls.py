from __future__ import annotations

from django.urls import path

from edu_platform.start import views

app_name = "start"

urlpatterns = [
    path("", views.start, name="start"),
    path("school/", views.school, name="school"),
    path("cloud/", views.cloud, name="cloud"),
    path("put-away/", views.put_away, name="put_away"),
]
