"""google-auth and google-auth-oauthlib obtain, renew and read Google's tokens."""

from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from judges.sdks.bench import Given, Values, serve
from judges.sdks.grants import read_grant

TOKEN_URL = "https://oauth2.googleapis.com/token"


def flow(given: Given) -> Flow:
    keys = {"client_id": given["client_id"], "client_secret": given["client_secret"], "token_uri": TOKEN_URL}
    keys |= {"auth_uri": "https://accounts.google.com/o/oauth2/auth"}
    return Flow.from_client_config({"web": keys}, given["scopes"], redirect_uri=given["redirect_uri"])


def authorize(given: Given) -> Values:
    return {"url": flow(given).authorization_url(state=given["state"])[0]}


def exchange(given: Given) -> Values:
    return read_grant(flow(given).fetch_token(code=given["code"], code_verifier=given["code_verifier"]))


def credentials(given: Given) -> Credentials:
    return Credentials(
        None,
        refresh_token=given["refresh_token"],
        token_uri=TOKEN_URL,
        client_id=given["client_id"],
        client_secret=given["client_secret"],
    )


def refresh(given: Given) -> Values:
    renewed = credentials(given)
    renewed.refresh(Request())
    return {"access_token": bool(renewed.token)}


def spent_grant(given: Given) -> Values:
    try:
        return refresh(given)
    except RefreshError as error:
        body = error.args[1]
        return {"code": body["error"], "text": body["error_description"], "raised": type(error).__name__}


def identify(given: Given) -> Values:
    claims = id_token.verify_oauth2_token(given["id_token"], Request(), given["client_id"])
    return {"uid": claims["sub"], "client_id": claims["aud"], "email": claims["email"]}


serve(
    ["google-auth", "google-auth-oauthlib"],
    {
        "authorize": authorize,
        "exchange": exchange,
        "refresh": refresh,
        "spent grant": spent_grant,
        "identify": identify,
    },
)
