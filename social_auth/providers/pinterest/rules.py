"""What Pinterest's errors mean."""

from social_auth.providers.rules import Rule
from social_auth.wire.outcomes import Gone, MissingScope, OurFault, RateLimited, TokenDead

RULES = (
    Rule(TokenDead, "refresh token or code spent", code="283|invalid_grant"),
    Rule(OurFault, "our client is refused", code="invalid_client|unauthorized_client"),
    Rule(RateLimited, "rate limit", status=429),
    Rule(OurFault, "our client is refused", status="401|403", about="code|grant"),
    Rule(TokenDead, "authentication failed", status=401),
    Rule(MissingScope, "not permitted", status=403),
    Rule(Gone, "not found", status=404, about="token"),
    Rule(TokenDead, "another redirect_uri", status=400, about="code", text="redirect.?uri", field="redirect_uri"),
    Rule(TokenDead, "code refused", status=400, about="code", text="code|grant"),
    Rule(OurFault, "our request is wrong", status=400),
)
