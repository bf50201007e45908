"""The standard token endpoint of OAuth 2 (RFC 6749), as five of the providers offer it, each with its own names."""

from typing import Any, ClassVar

from social_auth.providers.base import Adapter
from social_auth.providers.challenges import check_nonce
from social_auth.providers.records import Posted, Tokens
from social_auth.providers.rules import About
from social_auth.providers.values import as_object, as_text, end_after, scope_names
from social_auth.wire.outcomes import Unavailable
from social_auth.wire.secret import Secret

MAX_TOKEN = 4096


class OAuthAdapter(Adapter):
    token_url: ClassVar[str]
    basic: ClassVar[bool] = False
    """Whether our id and secret go into the Authorization header instead of the form."""
    grant_end_name: ClassVar[str] = "refresh_token_expires_in"
    """The field of the answer that says for how many seconds the refresh token lives."""
    extra_grant: ClassVar[dict[str, str]] = {}

    def exchange(self, posted: Posted) -> Tokens:
        grant = {"grant_type": "authorization_code", "code": posted.code, "redirect_uri": posted.redirect_uri}
        verifier = {"code_verifier": posted.code_verifier} if posted.code_verifier else {}
        return self.grant(grant | verifier, About.CODE, posted.nonce)

    def renew(self, secret: Secret) -> Tokens:
        return self.grant({"grant_type": "refresh_token", "refresh_token": secret.refresh_token})

    def grant(self, grant: dict[str, str], about: About = About.GRANT, nonce: str = "") -> Tokens:
        """Call the token endpoint as our client; raises an Outcome, TokenDead if the nonce is another request's."""
        form = {**grant, **self.extra_grant}
        basic = (self.client_id, self.client_secret) if self.basic else None
        if not self.basic:
            form |= {self.client_name: self.client_id, "client_secret": self.client_secret}
        body = as_object(self.call("POST", self.token_url, form=form, basic=basic, about=about))
        if nonce:
            check_nonce(body.get("id_token"), nonce)
        return self.tokens(body)

    def tokens(self, body: dict[str, Any]) -> Tokens:
        """Read the endpoint's answer. If it has no refresh token, the old one stays valid."""
        access_token = as_text(body.get("access_token"), MAX_TOKEN)
        if not access_token:
            raise Unavailable("a token answer without a token", maybe_done=True)
        return Tokens(
            access_token,
            as_text(body.get("refresh_token"), MAX_TOKEN),
            expires_at=end_after(body.get("expires_in")),
            grant_ends_at=end_after(body.get(self.grant_end_name)),
            scopes=scope_names(body.get("scope")),
            exchanged=True,
        )
