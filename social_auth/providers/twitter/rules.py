"""What X's errors mean."""

from social_auth.providers.rules import Rule
from social_auth.wire.outcomes import (
    AccountLimited,
    Gone,
    Locked,
    MissingScope,
    OurFault,
    OutOfCredit,
    RateLimited,
    TokenDead,
    Unavailable,
)

RULES = (
    Rule(
        TokenDead,
        "the verifier is not that of the code",
        code="invalid_request|invalid_grant",
        text="code verifier",
        field="code_verifier",
    ),
    Rule(
        TokenDead,
        "another redirect_uri",
        code="invalid_request|invalid_grant",
        text="redirect.?uri",
        field="redirect_uri",
    ),
    Rule(TokenDead, "refresh token or code spent", code="invalid_grant"),
    Rule(TokenDead, "refresh token or code spent", code="invalid_request", text="value passed for the .* was invalid"),
    Rule(OurFault, "our client is refused", code="invalid_client|unauthorized_client"),
    Rule(OurFault, "our request is wrong", code="invalid_request|unsupported_grant_type|invalid_scope"),
    Rule(OutOfCredit, "no credit left", status=402),
    Rule(OutOfCredit, "spending cap reached", kind="usage-capped"),
    Rule(AccountLimited, "the limit of one user", status=429, about="token"),
    Rule(RateLimited, "rate limit", code="88"),
    Rule(OurFault, "our app is not enrolled", kind="client-forbidden|client-not-enrolled"),
    Rule(TokenDead, "an app's token, not a person's", kind="unsupported-authentication", about="token"),
    Rule(OurFault, "a call this kind of token cannot make", kind="unsupported-authentication"),
    Rule(OurFault, "our keys are refused", code="32|99"),
    Rule(OurFault, "our app is suspended, or may not make that call", code="261|416|453"),
    Rule(OurFault, "our request is wrong", kind="invalid-request"),
    Rule(TokenDead, "token expired or revoked", code="89|220"),
    Rule(Locked, "locked until its owner acts", code="326"),
    Rule(Gone, "account suspended or deleted", code="50|63|64"),
    Rule(Gone, "account suspended", kind="user-suspended"),
    Rule(
        Unavailable,
        "the account or its data cannot be reached",
        kind="resource-unavailable|internal-error|field-hydration-failure",
    ),
    Rule(OurFault, "our client is refused", status=401, about="code|grant"),
    Rule(TokenDead, "unauthorized", status=401),
    Rule(MissingScope, "not allowed for this token", kind="not-authorized-for-.*|field-unauthorized"),
    Rule(MissingScope, "the token lacks users.read or tweet.read", status=403, kind="about:blank"),
    Rule(Gone, "account gone", kind="resource-not-found"),
)
