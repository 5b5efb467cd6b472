from __future__ import annotations

from django.urls import path

from schedule.class_groups import age_band_views, member_days, views
from schedule.class_groups import moving_views as moving

app_name = "class_groups"

urlpatterns = [
    path("", views.class_groups, name="class_groups"),
    path("new/", views.new, name="new"),
    path("archive/", views.archive, name="archive"),
    path("age-bands/", age_band_views.age_bands, name="age_bands"),
    path("start-passwords/", views.start_passwords, name="start_passwords"),
    path("<slug:code>/", views.class_group, name="class_group"),
    path("<slug:code>/change/", views.change, name="change"),
    path("<slug:code>/reopen/", views.reopen, name="reopen"),
    path("<slug:code>/delete/", views.delete, name="delete"),
    path("<slug:code>/days/", member_days.member_days, name="member_days"),
    path("<slug:code>/join/", moving.join, name="join"),
    path("<slug:code>/move/", moving.move, name="move"),
    path("<slug:code>/leave/", moving.leave, name="leave"),
    path("<slug:code>/split/", moving.split, name="split"),
    path("<slug:code>/merge/", moving.merge, name="merge"),
]
