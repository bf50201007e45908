"""What LinkedIn's errors mean."""

from social_auth.providers.rules import Rule
from social_auth.wire.outcomes import (
    AccountLimited,
    Gone,
    MissingScope,
    OurFault,
    OutOfCredit,
    RateLimited,
    TokenDead,
    VersionRetired,
)

RULES = (
    Rule(AccountLimited, "the limit of one member", text="throttle member"),
    Rule(OutOfCredit, "the day's limit", text="day limit"),
    Rule(RateLimited, "application or member limit", text="throttle"),
    Rule(TokenDead, "revoked by the member", code="REVOKED_ACCESS_TOKEN"),
    Rule(TokenDead, "expired", code="EXPIRED_ACCESS_TOKEN"),
    Rule(TokenDead, "invalid token", code="INVALID_ACCESS_TOKEN"),
    Rule(TokenDead, "token dead by its number", subcode="6560[0-2]"),
    Rule(OurFault, "our client is refused", code="invalid_client|unauthorized_client|invalid_client_id"),
    Rule(OurFault, "our request is wrong", code="invalid_request", text="required parameter|grant.?type"),
    Rule(OurFault, "our request is wrong", code="unsupported_grant_type|invalid_scope"),
    Rule(TokenDead, "redirect_uri is none of the app's", code="invalid_redirect_uri", field="redirect_uri"),
    Rule(TokenDead, "token refused", code="invalid_token|invalid_grant"),
    Rule(TokenDead, "code, verifier or redirect_uri refused", code="invalid_request", text="authorization code"),
    Rule(TokenDead, "another redirect_uri", code="invalid_request", text="redirect.?uri", field="redirect_uri"),
    Rule(TokenDead, "token or code refused", code="invalid_request", text="token|code"),
    Rule(OurFault, "our client is refused", status="401|403", about="code|grant|client"),
    Rule(TokenDead, "unauthorized", status=401),
    Rule(MissingScope, "product or permission missing", status=403),
    Rule(Gone, "member gone", status=404, about="token"),
    Rule(VersionRetired, "our API version is dead", status=426),
)
