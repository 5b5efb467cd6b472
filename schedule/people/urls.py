from __future__ import annotations

from django.urls import path

from schedule.people import actions, leaving, start_passwords, views
from schedule.people.erasures import views as erasures

app_name = "people"

urlpatterns = [
    path("", views.people, name="people"),
    path("new/", views.new, name="new"),
    path("start-passwords/", start_passwords.many, name="start_passwords"),
    path("erasures/", erasures.erasures, name="erasures"),
    path("erasures/<slug:key>/", erasures.erasure, name="erasure"),
    path("erasures/<slug:key>/confirm/", erasures.confirm, name="confirm_erasure"),
    path("erasures/<slug:key>/withdraw/", erasures.withdraw, name="withdraw_erasure"),
    path("erasures/<slug:key>/check/", erasures.check, name="check_erasure"),
    path("erasures/<slug:key>/places/", erasures.decide, name="decide_erasure"),
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
    path("<slug:code>/deactivate/", leaving.deactivate, name="deactivate"),
    path("<slug:code>/erasure/", erasures.ask, name="ask_erasure"),
    path("<slug:code>/reactivate/", leaving.reactivate, name="reactivate"),
]
