from __future__ import annotations

from django.urls import path

from schedule.families.mailing import views

app_name = "family_mails"
urlpatterns = [
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("stop/<str:token>/", views.stop, name="stop"),
    # Also without the slash, as mail programs cut links off: a redirect would expose the token.
    path("confirm/<str:token>", views.confirm, name="confirm_cut"),
    path("stop/<str:token>", views.stop, name="stop_cut"),
    path("<str:token>/mail/", views.mail, name="mail"),
]
