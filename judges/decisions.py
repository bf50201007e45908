"""Every disagreement that we know of, and the provider's document that decided it.

A pattern is a shell's (`*`). One that fits nothing any more fails the sitting: the SDK or we have changed.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Decision:
    judge: str
    network: str
    job: str
    difference: str
    because: str
    document: str

    def fits(self, judge: str, network: str, job: str, difference: str) -> bool:
        pairs = ((self.judge, judge), (self.network, network), (self.job, job), (self.difference, difference))
        return all(fnmatchcase(there, pattern) for pattern, there in pairs)


X_TOKENS = "docs.x.com, OAuth 2.0 Authorization Code Flow with PKCE, read 2026-12-01"
X_OPENAPI = "X's OpenAPI 2.167 of 2026-08-22"
GRAPH_VERSIONS = "developers.facebook.com, Graph API changelog of 2026-10-29"
GRAPH_BATCH = "developers.facebook.com, Graph API, batch requests"
GRAPH_LOGIN = "developers.facebook.com, Facebook Login, manually build a login flow"
META_PKCE = "developers.facebook.com, Facebook Login, OIDC code flow with PKCE, of 2023-07-18"
GOOGLE_OAUTH = "developers.google.com, OAuth 2.0 for web server applications"
GOOGLE_DISCOVERY = "Google's OpenID discovery document"
PINTEREST_OPENAPI = "Pinterest's OpenAPI 5.23.0 of 2025-12-11"
LINKEDIN_OPENID = "learn.microsoft.com, Sign In with LinkedIn using OpenID Connect"

DECISIONS = (
    Decision(
        "tweepy", "twitter", "*", "hosts: we api.x.com, the SDK api.twitter.com",
        "the older name of the same API", f"{X_OPENAPI}, servers",
    ),
    Decision(
        "tweepy", "twitter", "authorize", "hosts: we x.com, the SDK twitter.com",
        "the older name of the same page", X_TOKENS,
    ),
    Decision(
        "tweepy", "twitter", "exchange", "form: the SDK alone client_id",
        "Basic names a confidential client; client_id in the form is for public ones", X_TOKENS,
    ),
    Decision(
        "*", "twitter", "*", "form: the SDK alone scope",
        "renewing without a scope asks for the same ones", "RFC 6749, 6",
    ),
    Decision(
        "xdk", "twitter", "[bg]*", "the SDK failed: ValidationError: *",
        "its models know problems at api.x.com alone; X names api.twitter.com", "an answer 402 of X, recorded in 2026",
    ),
    Decision(
        "twitter-api-v2", "twitter", "*", "body: we application/x-www-form-urlencoded, the SDK application/json",
        "X documents a form, and takes JSON", X_TOKENS,
    ),
    Decision(
        "twitter-api-v2", "twitter", "*", "form: the SDK alone client_*",
        "it names the client twice; Basic is the documented way", X_TOKENS,
    ),
    Decision(
        "twitter-api-v2", "twitter", "revoke", "form: the SDK alone token_type_hint",
        "the hint is optional", "RFC 7009, 2.1",
    ),
    Decision(
        "*", "*", "*", "versions: we v*, the SDK v*",
        "each SDK has its own version built in; both are served", GRAPH_VERSIONS,
    ),
    Decision(
        "*", "facebook", "*", "versions: we v*, the SDK none",
        "who names no version is served by the oldest one", GRAPH_VERSIONS,
    ),
    Decision(
        "python-facebook-api", "facebook", "authorize", "value challenge: we S256, the SDK none",
        "a challenge may be sent, and need not", META_PKCE,
    ),
    Decision(
        "python-facebook-api", "facebook", "authorize", "query: we alone code_challenge*",
        "a challenge may be sent, and need not", META_PKCE,
    ),
    Decision(
        "*", "facebook", "authorize", "query: we alone auth_type",
        "else what was unticked once is never asked for again", f"{GRAPH_LOGIN}, re-asking for declined permissions",
    ),
    Decision(
        "authlib", "instagram", "authorize", "query: we alone enable_fb_login",
        "it chooses how its user may sign in", "developers.facebook.com, Instagram, business login",
    ),
    Decision(
        "facebook-business", "facebook", "*", "we call GET /me, the SDK does not",
        "a slash at the end changes nothing: Meta's own SDK sends it", "facebook-business 26.0.3 is Meta's own",
    ),
    Decision(
        "facebook-business", "facebook", "*", "the SDK calls GET /me/, we do not",
        "a slash at the end changes nothing: Meta's own SDK sends it", "facebook-business 26.0.3 is Meta's own",
    ),
    Decision(
        "facebook-business", "facebook", "batch", "versions: we none, the SDK v*",
        "the version stands in each call of the batch", GRAPH_BATCH,
    ),
    Decision(
        "facebook-business", "facebook", "batch", "we call GET /oauth/access_token, the SDK does not",
        "we send batches under our app's token, the SDK under a person's", GRAPH_BATCH,
    ),
    Decision(
        "facebook-business", "facebook", "batch", "* access_token",
        "a POST may carry its token in either place; ours is in no address", GRAPH_BATCH,
    ),
    Decision(
        "facebook-business", "facebook", "batch", "query: the SDK alone appsecret_proof",
        "each call of our batches has its own proof", GRAPH_BATCH,
    ),
    Decision(
        "facebook-business", "facebook", "batch", "form: we alone include_headers",
        "without it each answer brings its headers, which we do not read", GRAPH_BATCH,
    ),
    Decision(
        "*", "facebook", "pages", "query: the SDK alone after",
        "the judge asks for ten at a time, we for a hundred", "developers.facebook.com, Graph API, paginated results",
    ),
    Decision(
        "facebook-business", "facebook", "pages", "query: the SDK alone summary",
        "it asks for the total, which we do not need", "developers.facebook.com, Graph API, paginated results",
    ),
    Decision(
        "*", "facebook", "exchange", "* /oauth/access_token, *",
        "Meta documents GET, and takes POST", GRAPH_LOGIN,
    ),
    Decision(
        "*", "facebook", "exchange", "body: we none, the SDK application/x-www-form-urlencoded",
        "Meta documents GET, and takes POST", GRAPH_LOGIN,
    ),
    Decision(
        "*", "facebook", "exchange", "query: we alone *",
        "a POST has in its form, or in Basic, what Meta documents as a query", GRAPH_LOGIN,
    ),
    Decision(
        "*", "facebook", "exchange", "form: the SDK alone *",
        "a POST has in its form, or in Basic, what Meta documents as a query", GRAPH_LOGIN,
    ),
    Decision(
        "python-facebook-api", "facebook", "exchange", "auth: we none, the SDK Basic",
        "a POST has in its form, or in Basic, what Meta documents as a query", GRAPH_LOGIN,
    ),
    Decision(
        "google-auth", "youtube", "authorize", "* GET /o/oauth2/*auth, *",
        "the address that Google's client files still name, and that of its discovery document",
        f"{GOOGLE_DISCOVERY}, authorization_endpoint",
    ),
    Decision(
        "*", "youtube", "authorize", "query: we alone prompt",
        "who allowed us before gives no refresh token again without it", f"{GOOGLE_OAUTH}, prompt",
    ),
    Decision(
        "authlib", "youtube", "authorize", "query: we alone access_type",
        "else no refresh token comes", f"{GOOGLE_OAUTH}, access_type",
    ),
    Decision(
        "*", "*", "authorize", "query: we alone nonce",
        "it binds the id_token to the browser; these know no OpenID Connect", "OpenID Connect Core, 3.1.2.1",
    ),
    Decision(
        "google-auth", "youtube", "exchange", "auth: we none, the SDK Basic",
        "both ways are supported", f"{GOOGLE_DISCOVERY}, token_endpoint_auth_methods_supported",
    ),
    Decision(
        "google-auth", "youtube", "exchange", "form: we alone client_*",
        "both ways are supported", f"{GOOGLE_DISCOVERY}, token_endpoint_auth_methods_supported",
    ),
    Decision(
        "google-auth", "youtube", "identify", "* GET /oauth2/v?/certs, *",
        "the same keys as certificates, and as a JWK set, which is the documented one",
        f"{GOOGLE_DISCOVERY}, jwks_uri",
    ),
    Decision(
        "google-api-python-client", "youtube", "prove", "*/tokeninfo, *",
        "it has the second version of the call, with other names for the same", "oauth2.v2 discovery document, methods",
    ),
    Decision(
        "google-api-python-client", "youtube", "prove", "hosts: we oauth2.googleapis.com, the SDK www.googleapis.com",
        "the second version of the call has another host", "oauth2.v2 discovery document, rootUrl",
    ),
    Decision(
        "google-api-python-client", "youtube", "prove", "body: we application/x-www-form-urlencoded, the SDK none",
        "the token is taken in either place; ours is in no address", "oauth2.v2 discovery document, methods",
    ),
    Decision(
        "google-api-python-client", "youtube", "prove", "*: * alone access_token",
        "the token is taken in either place; ours is in no address", "oauth2.v2 discovery document, methods",
    ),
    Decision(
        "*", "*", "profile", "value bio: we , the SDK *",
        "we read no description there: it may not be kept",
        "YouTube's developer policies III.E.4, Pinterest's developer guidelines",
    ),
    Decision(
        "google-api-python-client", "youtube", "*", "query: the SDK alone alt",
        "json is what comes without it", "youtube.v3 discovery document 20261104, parameters",
    ),
    Decision(
        "authlib", "youtube", "refresh", "value refresh_token: we False, the SDK True",
        "none in the answer means that the old one goes on: it copies it, we keep it", "RFC 6749, 6",
    ),
    Decision(
        "authlib", "youtube", "revoke", "form: the SDK alone client_*",
        "Google's revocation asks for the token only", f"{GOOGLE_OAUTH}, revoking a token",
    ),
    Decision(
        "*", "pinterest", "*", "form: we alone continuous_refresh",
        "apps made before 2025-09-25 must send it", f"{PINTEREST_OPENAPI}, /oauth/token",
    ),
    Decision(
        "pinterest-api-sdk", "pinterest", "pages", "we call GET /v5/user_account, the SDK does not",
        "we ask whose boards they are, the judge was told", f"{PINTEREST_OPENAPI}, Board.owner",
    ),
    Decision(
        "pinterest-api-sdk", "pinterest", "pages", "query: the SDK alone bookmark",
        "the judge asks for 25 at a time, we for 250", f"{PINTEREST_OPENAPI}, /boards",
    ),
    Decision(
        "linkedin-api-client", "linkedin", "*", "headers: the SDK alone x-restli-protocol-version: 2.0.0",
        "userinfo is OpenID's, not Rest.li's", LINKEDIN_OPENID,
    ),
    Decision(
        "shapes", "twitter", "*", "data.*public_metrics.tweet_count: no such field",
        "X's pages still print the older name of post_count; the sandbox says both",
        "docs.x.com, user lookup, read 2026-12-01",
    ),
    Decision(
        "shapes", "twitter", "*", "a problem's type is at api.twitter.com",
        "X still names its older host there", "an answer 402 of X, recorded in 2026",
    ),
    Decision(
        "shapes", "facebook", "User", "picture: no such field",
        "the picture is an edge, which is asked for among the fields",
        "developers.facebook.com, Graph API, User, picture",
    ),
    Decision(
        "shapes", "facebook", "Page", "tasks: no such field",
        "what the person may do is told of a page in the list of their pages only",
        "developers.facebook.com, Graph API, User, accounts",
    ),
    Decision(
        "shapes", "instagram", "IGUser", "account_type: no such field",
        "it is of Instagram's own login; the SDK knows Facebook's",
        "developers.facebook.com, Instagram platform, reference, me",
    ),
    Decision(
        "shapes", "instagram", "IGUser", "user_id: no such field",
        "it is of Instagram's own login; the SDK knows Facebook's",
        "developers.facebook.com, Instagram platform, reference, me",
    ),
    Decision(
        "shapes", "youtube", "*atchGetStats*", "$: Additional properties are not allowed ('summary' was unexpected)",
        "the reference has it, and the document's own words speak of it",
        "developers.google.com/youtube/v3/docs/videos/batchGetStats",
    ),
    Decision(
        "shapes", "youtube", "*Tokeninfo", "$: Additional properties are not allowed ('access_type' was unexpected)",
        "Google tells it beside what the document names", "Google's own google-auth-library, TokenInfo.access_type",
    ),
    Decision(
        "shapes", "pinterest", "*", "is_ads_only: no such field",
        "newer than the OpenAPI 5.14.0 that the models were made from", f"{PINTEREST_OPENAPI}, Board",
    ),
)  # fmt: skip
