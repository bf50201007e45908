"""What TikTok's errors mean."""

from social_auth.providers.rules import Rule
from social_auth.wire.outcomes import MissingScope, OurFault, RateLimited, TokenDead, Unavailable

RULES = (
    Rule(
        TokenDead,
        "the verifier is not that of the code",
        code="invalid_request|invalid_grant",
        text="code.?(verifier|challenge)",
        field="code_verifier",
    ),
    Rule(
        TokenDead,
        "another redirect_uri",
        code="invalid_request|invalid_grant",
        text="redirect.?uri",
        field="redirect_uri",
    ),
    Rule(TokenDead, "code spent or expired", code="invalid_request", text="authorization code", about="code"),
    Rule(TokenDead, "token expired or revoked", code="access_token_invalid|invalid_grant|access_denied"),
    Rule(MissingScope, "scope missing", code="scope_not_authorized|scope_permission_missed|invalid_scope"),
    Rule(RateLimited, "600 calls a minute used up", code="rate_limit_exceeded"),
    Rule(OurFault, "our client is refused", code="invalid_client|unauthorized_client"),
    Rule(OurFault, "our request is wrong", code="invalid_params?|invalid_request|unsupported_grant_type"),
    Rule(Unavailable, "outage", code="internal_error|server_error|temporarily_unavailable"),
)
