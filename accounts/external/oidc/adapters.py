"""Between allauth and the platform: where people are led, and what becomes of them when they come back."""

from __future__ import annotations

import base64
import secrets
from typing import Any, NoReturn
from urllib.parse import quote_plus

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.external.logins import UnusableSubject
from accounts.external.oidc import sign_ins
from accounts.external.oidc.asking import NotTrusted, ProviderUnavailable, SignInFailed, ask
from accounts.external.oidc.claims import leaves_something_out, login_from
from accounts.external.oidc.provider import PROVIDER_ID, addresses
from accounts.external.oidc.tokens import id_token_claims
from accounts.external.refusals import cancelled_sign_in, no_answer, not_trusted, unknown_sign_in
from accounts.external.sign_in import complete_sign_in
from accounts.models import User
from edu_platform.lib.http import own_path

NONCE_BYTES = 32


class Client(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: Any, extra_params: Any) -> str:
        query = {
            "response_type": "code",
            "client_id": self.consumer_key,
            "redirect_uri": self.callback_url,
            "scope": self.scope_delimiter.join(scope),
            "state": str(self.state),
            **extra_params,
        }
        return sign_ins.with_query(authorization_url, query)


class OidcAdapter(OpenIDConnectOAuth2Adapter):
    client_class = Client
    # `get_access_token_data` presents the secret; allauth would ask the provider how it wants it.
    basic_auth = False
    # The sign-in that the person comes back from; filled in by the callback's view.
    state: dict[str, Any]

    @property
    def access_token_url(self) -> str:  # type: ignore[override] # a constant of most providers
        return addresses().token

    @property
    def authorize_url(self) -> str:
        return addresses().authorization

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """The platform's own address, whatever the visitor calls it by."""
        path = reverse("openid_connect_callback", kwargs={"provider_id": self.provider_id})
        return settings.PUBLIC_BASE_URL + path

    def get_access_token_data(
        self, request: HttpRequest, app: SocialApp, client: Any, pkce_code_verifier: Any = None
    ) -> dict[str, Any]:
        """Exchange the code that the person brought for tokens.

        Raises:
            NotTrusted: the provider does not take it.
            ProviderUnavailable: it does not answer.
        """
        data = {
            "grant_type": "authorization_code",
            "code": request.GET["code"],
            "redirect_uri": client.callback_url,
            "code_verifier": str(pkce_code_verifier),
        }
        headers = {}
        if addresses().takes_secret_in_body:
            data |= {"client_id": app.client_id, "client_secret": app.secret}
        else:
            # Encoded before they are put together: RFC 6749, section 2.3.1.
            pair = f"{quote_plus(app.client_id)}:{quote_plus(app.secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = ask("POST", client.access_token_url, data=data, headers=headers)
        if answer.status != 200:
            raise NotTrusted(f"the provider refuses the code with {answer.status}")
        return answer.document

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        token = data.get("access_token")
        return SocialToken(token=token if isinstance(token, str) else "")

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Return who comes, by the ID token and by what the provider says beside it.

        Raises:
            NotTrusted: one of them is not to be believed.
            ProviderUnavailable: the provider does not answer.
        """
        id_token = kwargs["response"].get("id_token")
        claims = id_token_claims(id_token, nonce=self.state.get("nonce", ""))
        try:
            login = login_from({**self._userinfo(token, claims), **claims})
        except UnusableSubject as err:
            raise NotTrusted("the subject cannot be kept") from err
        account = SocialAccount(
            provider=self.provider_id,
            uid=login.subject,
            # Never saved: for `pre_social_login`.
            extra_data={"login": login, "claims": claims, "id_token": id_token},
        )
        return SocialLogin(provider=school_provider(request), account=account, user=User())

    def _userinfo(self, token: SocialToken, claims: dict[str, Any]) -> dict[str, Any]:
        address = addresses().userinfo
        if not address or not leaves_something_out(claims):
            return {}
        if not token.token or not token.token.isascii():
            raise NotTrusted("there is no access token")
        answer = ask("GET", address, headers={"Authorization": f"Bearer {token.token}"})
        if answer.status != 200 or not answer.document:
            raise ProviderUnavailable(f"userinfo answers {answer.status}")
        if answer.document.get("sub") != claims["sub"]:
            raise NotTrusted("userinfo speaks of another person than the ID token")
        return answer.document


class SchoolProvider(OpenIDConnectProvider):
    oauth2_adapter_class = OidcAdapter

    def get_default_scope(self) -> list[str]:
        """No mail address: we have no use for it."""
        return ["openid", "profile", *settings.OIDC_EXTRA_SCOPES]

    def get_pkce_params(self) -> dict[str, Any]:
        return generate_code_challenge()

    def lead_there(self, request: HttpRequest, *, next_address: str) -> HttpResponse:
        """Send a person to the provider, to sign in and nothing else, whatever the request asks for.

        Raises:
            SignInFailed: the provider does not say where it is.
        """
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        response: HttpResponse = self.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=next_address,
            auth_params={"nonce": nonce},
            nonce=nonce,
        )
        return response


def school_provider(request: HttpRequest) -> SchoolProvider:
    return SocialAccountAdapter(request).get_provider(request, PROVIDER_ID)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """The school's provider from the settings, and none from the database; accounts are external accounts."""

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        if not settings.OIDC_ISSUER or provider != PROVIDER_ID:
            return []
        return [
            SocialApp(
                provider=OpenIDConnectProvider.id,
                provider_id=PROVIDER_ID,
                client_id=settings.OIDC_CLIENT_ID,
                secret=settings.OIDC_CLIENT_SECRET,
                settings={"server_url": settings.OIDC_ISSUER},
            )
        ]

    def get_provider(
        self, request: HttpRequest, provider: Any, client_id: Any = None
    ) -> SchoolProvider:
        return SchoolProvider(request, app=self.get_app(request, provider=provider))

    def get_requests_session(self) -> NoReturn:
        """Requests go through `asking`, within its bounds."""
        raise NotImplementedError

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accounts are made by `complete_sign_in` alone."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> NoReturn:
        if not (extra_context or {}).get("state"):
            raise ImmediateHttpResponse(unknown_sign_in(request))
        if error == AuthError.CANCELLED:
            raise ImmediateHttpResponse(cancelled_sign_in(request))
        failure = exception or NotTrusted("the provider answers without a code")
        raise ImmediateHttpResponse(refusal(request, failure))

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        """End here what allauth would go on with, connecting and signing up among it."""
        data = sociallogin.account.extra_data
        response = complete_sign_in(
            request,
            data["login"],
            links_existing=settings.OIDC_LINK_EXISTING,
            next_address=own_path(sociallogin.state.get("next")),
            kept=sign_ins.to_keep(id_token=data["id_token"], claims=data["claims"]),
        )
        raise ImmediateHttpResponse(response)


def refusal(request: HttpRequest, failure: Exception) -> HttpResponse:
    """The page for what went wrong with the provider."""
    if isinstance(failure, ProviderUnavailable):
        return no_answer(request, failure)
    # Errors of ours have no secret in their text; of others the kind is enough.
    is_ours = isinstance(failure, SignInFailed)
    return not_trusted(request, failure if is_ours else type(failure).__name__)
