from __future__ import annotations

from django.urls import path

from schedule.people import actions, start_passwords, views

app_name = "people"

urlpatterns = [
    path("", views.people, name="people"),
    path("new/", views.new, name="new"),
    path("start-passwords/", start_passwords.many, name="start_passwords"),
    path("<slug:code>/", views.person, name="person"),
    path("<slug:code>/change/", views.change, name="change"),
    path("<slug:code>/picture/", actions.picture, name="picture"),
    path("<slug:code>/class-groups/join/", actions.join, name="join"),
    path("<slug:code>/class-groups/leave/", actions.leave, name="leave"),
    path("<slug:code>/withdrawn-role/", actions.withdrawn_role, name="withdrawn_role"),
    path("<slug:code>/register-again/", actions.register_again, name="register_again"),
    path("<slug:code>/start-password/", start_passwords.one, name="start_password"),
    path("<slug:code>/mail-link/", start_passwords.mail_link, name="mail_link"),
    path("<slug:code>/sign-out/", actions.sign_out, name="sign_out"),
    path("<slug:code>/deactivate/", actions.deactivate, name="deactivate"),
    path("<slug:code>/reactivate/", actions.reactivate, name="reactivate"),
]
