"""allauth's schemas as typed clients can hold them: no unions, and the fields that its document lacks."""

from typing import Any

REF = "#/components/schemas/"
NAMES = {
    "Login": "LoginInput",
    "Signup": "SignUpInput",
    "ProviderToken": "ProviderSignInInput",
    "User": "SignedInPerson",
    "AuthenticatedResponse": "SignInAnswer",
    "AuthenticationMeta": "SignInMeta",
    "AuthenticationMethod": "SignInMethod",
    "Flow": "SignInFlow",
    "Provider": "SignInProvider",
    "ProviderAccount": "SignInAccount",
    **dict.fromkeys(
        ("TOTPAuthenticator", "RecoveryCodesAuthenticator", "SensitiveRecoveryCodesAuthenticator"),
        "SignInAuthenticator",
    ),
}
"""Ours for theirs; all others have SignIn before theirs."""
TEXT, FLAG, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "format": "int64"}


def our_name(name: str) -> str:
    return NAMES.get(name) or f"SignIn{name}"


def _object(about: str, required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "description": about, "properties": fields}
    return schema | {"required": list(required)} if required else schema


def _said(about: str, kind: dict[str, Any] = TEXT, **more: Any) -> dict[str, Any]:
    return kind | {"description": about, **more}


def _refers(name: str) -> dict[str, Any]:
    return {"$ref": REF + our_name(name)}


WRONG_FIELD = _object(
    "What is wrong with one field.",
    ("field", "message"),
    field=_said("The wrong field"),
    message=_said("What is wrong with it"),
    code=_said("allauth's code of it"),
    param=_said("The same as `field`, in allauth's words"),
)
STATE = _object(
    "What may be done next, and of a session that is not fresh who it is.",
    flows=_said("What is open, and what is pending", {"type": "array", "items": _refers("Flow")}),
    user=_refers("User"),
    methods=_said("How they signed in", {"type": "array", "items": _refers("AuthenticationMethod")}),
)
META = {
    "is_authenticated": _said("Whether somebody is signed in", FLAG),
    "session_token": _said("For `X-Session-Token`: an unfinished sign-in goes on with it"),
    "access_token": _said("For `Authorization: Bearer`; it lives for a quarter of an hour"),
    "refresh_token": _said("Gets the next access token, once, within 30 days"),
}
REFUSAL_META = META | {
    "secret": _said("To set an authenticator app up by hand"),
    "totp_url": _said("The same as an address, to be shown as a QR code"),
    "totp_svg": _said("That QR code"),
    "totp_svg_data_uri": _said("The same as a data URI"),
    "recovery_codes_generated": _said("Whether recovery codes were made as well", FLAG),
}
FLAT = {
    "AuthenticationMeta": _object("The session, and its tokens.", ("is_authenticated",), **META),
    "AuthenticationMethod": _object(
        "One way in which the person signed in; the fields that go with it.",
        ("method", "at"),
        method=_said("How: password, password_reset, code, socialaccount or mfa"),
        at=_said("When, in seconds of the epoch", {"type": "number", "format": "double"}),
        email=_said("The e-mail address, if that was used"),
        username=_said("The user name, if that was used"),
        reauthenticated=_said("Whether it was a sign-in once more", FLAG),
        provider=_said("The provider, by whose account"),
        uid=_said("That account's id there"),
        type=_said("The kind of the second factor"),
        id=_said("The second factor's id", NUMBER),
    ),
    "Flow": _object(
        "A way to go on.",
        ("id",),
        id=_said("login, signup, provider_token, verify_email, mfa_authenticate or the like"),
        is_pending=_said("Whether the sign-in waits for it", FLAG),
        provider=_refers("Provider"),
        providers=_said("The providers that it can be done with", {"type": "array", "items": TEXT}),
        types=_said("The kinds of second factors", {"type": "array", "items": TEXT}),
    ),
    "Login": _object(
        "Who signs in.",
        ("email", "password"),
        email=_said("The e-mail address", example="maya@example.com"),
        password=_said("The password", example="correct-horse-battery"),
    ),
    "Signup": _object(
        "Who signs up.",
        ("email", "password"),
        email=_said("The e-mail address", example="maya@example.com"),
        password=_said("At least 8 characters", example="correct-horse-battery"),
    ),
    "ProviderCredential": _object(
        "What the provider's SDK gave: a `code`, or tokens that prove our app.",
        ("client_id",),
        client_id=_said("The app's own id at the provider", example="instagram-client-id"),
        code=_said("An authorization code", example="AQDx…"),
        redirect_uri=_said("The one that the code was asked for with", example="https://app.example.com/back"),
        code_verifier=_said("Of PKCE, where the network requires it"),
        access_token=_said("A token that proves our app"),
        refresh_token=_said("Proves the app by its renewal"),
        id_token=_said("Google only"),
    ),
    "ProviderToken": _object(
        "A provider's account to sign in by.",
        ("provider", "process", "token"),
        provider=_said("Which provider: instagram, google and so on", example="instagram"),
        process=_said("login", example="login"),
        token=_refers("ProviderCredential"),
    ),
    "Authenticator": _object(
        "A second factor; the fields that its type has.",
        ("type", "created_at", "last_used_at"),
        type=_said("totp or recovery_codes"),
        created_at=_said("When it was set up, in seconds of the epoch", {"type": "number", "format": "double"}),
        last_used_at=_said("When it was last used; null if never", {"type": ["number", "null"], "format": "double"}),
        total_code_count=_said("How many recovery codes were made", NUMBER),
        unused_code_count=_said("How many of them are left", NUMBER),
        unused_codes=_said("Those that are left", {"type": "array", "items": TEXT}),
    ),
    "AuthenticatorList": {"type": "array", "items": _refers("Authenticator")},
    "AccountConfiguration": _object(
        "Signing in by e-mail and password.",
        ("login_methods", "is_open_for_signup"),
        login_methods=_said("What people sign in with", {"type": "array", "items": TEXT}),
        is_open_for_signup=_said("Whether people may sign up", FLAG),
        email_verification_by_code_enabled=_said("Whether addresses are verified by codes", FLAG),
        login_by_code_enabled=_said("Whether codes that are mailed sign in", FLAG),
        password_reset_by_code_enabled=_said("Whether passwords are reset by codes", FLAG),
    ),
    "ProviderSignup": _object(
        "What the provider did not tell.",
        ("email",),
        email=_said("The e-mail address", example="maya@example.com"),
    ),
    "Refusal": _object(
        "A refusal of a sign-in call: the contract's `error` and `message`, and what allauth says beside them.",
        ("error", "message"),
        error=_said("A stable code, for your program"),
        message=_said("A sentence for the developer"),
        status=_said("The HTTP status, where it is allauth that refuses", NUMBER),
        field=_said("The first wrong field"),
        errors=_said("All wrong fields", {"type": "array", "items": _refers("WrongField")}),
        data=_refers("State"),
        meta=_refers("RefusalMeta"),
    ),
    "WrongField": WRONG_FIELD,
    "State": STATE,
    "RefusalMeta": _object(
        "The session, if there is one, and what a second factor is set up with.", (), **REFUSAL_META
    ),
}
"""By allauth's name, or one that only we need."""
PLAIN = {"status": "The HTTP status", "data": "What was asked for", "meta": "Beside it", "user": "The person"}
WORDS = PLAIN | {
    "methods": "How they signed in",
    "email": "The e-mail address",
    "password": "The password",
    "current_password": "The password of before",
    "new_password": "The new one",
    "primary": "Whether mails go there",
    "verified": "Whether it is verified",
    "is_authenticating": "Whether a sign-in waits for it",
    "account": "The account, or its id at the provider",
    "provider": "The provider",
    "providers": "Those that are open",
    "uid": "Its id at the provider",
    "refresh_token": "The refresh token",
    "access_token": "The access token",
    "socialaccount": "Signing in by providers",
    "mfa": "Second factors",
    "usersessions": "Sessions",
    "has_usable_password": "Whether there is a password",
    "type": "The kind",
    "code": "The code",
    "key": "The key or code of the mail",
    "supported_types": "The kinds of second factors that may be set up",
    "track_activity": "Whether sessions say when they were last used",
}
