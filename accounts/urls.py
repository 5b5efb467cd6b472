from __future__ import annotations

from allauth.account import views as allauth_views
from allauth.mfa.base import views as allauth_code_views
from allauth.mfa.recovery_codes import views as allauth_recovery_views
from django.urls import path, re_path

from accounts.data_export import views as data_export
from accounts.decorators import where_mail_is_sent
from accounts.views import cas, notices, oidc, passwords, profile, second_factor, sign_ins
from accounts.views.handover import handover
from accounts.views.sign_out import sign_out

# Those of the addresses of allauth that the platform uses, and no others: people's mail
# addresses come from the school, so that nobody has mail sent to an address of their choice.
urlpatterns = [
    path("profile/", profile.profile, name="profile"),
    path("profile/data/", data_export.own_data, name="own_data"),
    path("profile/data.zip", data_export.own_data_file, name="own_data_file"),
    path("profile/picture/", profile.profile_picture, name="profile_picture"),
    path("profile/notices-by-mail/", profile.mail_choice, name="mail_choice"),
    path("profile/sign-ins/end-others/", sign_ins.end_other_sign_ins, name="end_other_sign_ins"),
    path("profile/sign-ins/<slug:code>/end/", sign_ins.end_sign_in, name="end_sign_in"),
    path("notices/", notices.notices, name="notices"),
    path("notices/read/", notices.read_notices, name="read_notices"),
    path("notices/<slug:code>/open/", notices.open_notice, name="open_notice"),
    path("handover/", handover, name="handover"),
    path("login/", allauth_views.login, name="account_login"),
    path("logout/", sign_out, name="account_logout"),
    path("oidc/<slug:provider_id>/login/", oidc.sign_in, name="openid_connect_login"),
    path("oidc/<slug:provider_id>/login/callback/", oidc.callback, name="openid_connect_callback"),
    path(
        "oidc/<slug:provider_id>/backchannel-logout/",
        oidc.sign_out_from_there,
        name="openid_connect_sign_out",
    ),
    path("cas/login/", cas.begin, name="cas_login"),
    path("cas/callback/", cas.callback, name="cas_callback"),
    path("inactive/", allauth_views.account_inactive, name="account_inactive"),
    # It says that it is closed (`accounts.sign_in.adapters`).
    path("signup/", allauth_views.signup, name="account_signup"),
    path("reauthenticate/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("second-factor/", second_factor.overview, name="mfa_index"),
    path("second-factor/code/", allauth_code_views.authenticate, name="mfa_authenticate"),
    path("second-factor/code-again/", allauth_code_views.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/again/", second_factor.AgainView.as_view(), name="second_factor_again"),
    path("second-factor/go-on/", second_factor.go_on_after_set_up, name="second_factor_go_on"),
    path("second-factor/set-up/", second_factor.SetUpView.as_view(), name="mfa_activate_totp"),
    path("second-factor/remove/", second_factor.RemoveView.as_view(), name="mfa_deactivate_totp"),
    path(
        "second-factor/recovery-codes/",
        allauth_recovery_views.view_recovery_codes,
        name="mfa_view_recovery_codes",
    ),
    path(
        "second-factor/recovery-codes/new/",
        second_factor.NewCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "password/change/", passwords.ChangePasswordView.as_view(), name="account_change_password"
    ),
    path("password/set/", passwords.SetPasswordView.as_view(), name="account_set_password"),
    path(
        "password/reset/",
        where_mail_is_sent(allauth_views.password_reset),
        name="account_reset_password",
    ),
    path(
        "password/reset/done/",
        where_mail_is_sent(allauth_views.password_reset_done),
        name="account_reset_password_done",
    ),
    path(
        "password/reset/key/done/",
        where_mail_is_sent(allauth_views.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        where_mail_is_sent(allauth_views.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
]
