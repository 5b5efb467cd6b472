from __future__ import annotations

from django.urls import path

from edu_platform.yearly_report import views

app_name = "yearly_report"

urlpatterns = [
    path("", views.this_year, name="this_year"),
    path("<int:year>/", views.report, name="report"),
    path("<int:year>.xlsx", views.file, name="file"),
]
