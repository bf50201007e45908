"""allauth's schemas rewritten for typed clients: without unions, and with the fields that its document lacks."""

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
"""Our name for an allauth schema; any other gets SignIn before its name."""
TEXT, FLAG, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "integer", "format": "int64"}


def our_name(name: str) -> str:
    return NAMES.get(name) or f"SignIn{name}"


def _object(about: str, required: tuple[str, ...] = (), **fields: Any) -> dict[str, Any]:
    schema = {"type": "object", "description": about, "properties": fields}
    return schema | {"required": list(required)} if required else schema


def _field(about: str, kind: dict[str, Any] = TEXT, **more: Any) -> dict[str, Any]:
    return kind | {"description": about, **more}


def _refers(name: str) -> dict[str, Any]:
    return {"$ref": REF + our_name(name)}


WRONG_FIELD = _object(
    "What is wrong with one field.",
    ("field", "message"),
    field=_field("The wrong field"),
    message=_field("What is wrong with it"),
    code=_field("allauth's code of it"),
    param=_field("The same as `field`, in allauth's words"),
)
STATE = _object(
    "What may be done next, and of a session that is not fresh who it is.",
    flows=_field("What is open, and what is pending", {"type": "array", "items": _refers("Flow")}),
    user=_refers("User"),
    methods=_field("How they signed in", {"type": "array", "items": _refers("AuthenticationMethod")}),
)
META = {
    "is_authenticated": _field("Whether somebody is signed in", FLAG),
    "session_token": _field("For `X-Session-Token`: an unfinished sign-in goes on with it"),
    "access_token": _field("For `Authorization: Bearer`; it lives for a quarter of an hour"),
    "refresh_token": _field("Gets the next access token, once, within 30 days"),
}
REFUSAL_META = META | {
    "secret": _field("To set an authenticator app up by hand"),
    "totp_url": _field("The same as an address, to be shown as a QR code"),
    "totp_svg": _field("That QR code"),
    "totp_svg_data_uri": _field("The same as a data URI"),
    "recovery_codes_generated": _field("Whether recovery codes were made as well", FLAG),
}
FLAT = {
    "AuthenticationMeta": _object("The session, and its tokens.", ("is_authenticated",), **META),
    "AuthenticationMethod": _object(
        "One way in which the person signed in; the fields that go with it.",
        ("method", "at"),
        method=_field("How: password, password_reset, code, socialaccount or mfa"),
        at=_field("When, in seconds of the epoch", {"type": "number", "format": "double"}),
        email=_field("The e-mail address, if that was used"),
        username=_field("The user name, if that was used"),
        reauthenticated=_field("Whether it was a sign-in once more", FLAG),
        provider=_field("The provider, by whose account"),
        uid=_field("That account's id there"),
        type=_field("The kind of the second factor"),
        id=_field("The second factor's id", NUMBER),
    ),
    "Flow": _object(
        "A way to go on.",
        ("id",),
        id=_field("login, signup, provider_token, verify_email, mfa_authenticate or the like"),
        is_pending=_field("Whether the sign-in waits for it", FLAG),
        provider=_refers("Provider"),
        providers=_field("The providers that it can be done with", {"type": "array", "items": TEXT}),
        types=_field("The kinds of second factors", {"type": "array", "items": TEXT}),
    ),
    "Login": _object(
        "Who signs in.",
        ("email", "password"),
        email=_field("The e-mail address", example="maya@example.com"),
        password=_field("The password", example="correct-horse-battery"),
    ),
    "Signup": _object(
        "Who signs up.",
        ("email", "password"),
        email=_field("The e-mail address", example="maya@example.com"),
        password=_field("At least 8 characters", example="correct-horse-battery"),
    ),
    "ProviderCredential": _object(
        "What the provider's SDK gave: a `code`, or tokens that prove our app.",
        ("client_id",),
        client_id=_field("The app's own id at the provider", example="instagram-client-id"),
        code=_field("An authorization code", example="AQDx…"),
        redirect_uri=_field("The one that the code was asked for with", example="https://app.example.com/back"),
        code_verifier=_field("Of PKCE, where the network requires it"),
        access_token=_field("A token that proves our app"),
        refresh_token=_field("Proves the app by its renewal"),
        id_token=_field("Google only"),
    ),
    "ProviderToken": _object(
        "A provider's account to sign in by.",
        ("provider", "process", "token"),
        provider=_field("Which provider: instagram, google and so on", example="instagram"),
        process=_field("login", example="login"),
        token=_refers("ProviderCredential"),
    ),
    "Authenticator": _object(
        "A second factor; the fields that its type has.",
        ("type", "created_at", "last_used_at"),
        type=_field("totp or recovery_codes"),
        created_at=_field("When it was set up, in seconds of the epoch", {"type": "number", "format": "double"}),
        last_used_at=_field("When it was last used; null if never", {"type": ["number", "null"], "format": "double"}),
        total_code_count=_field("How many recovery codes were made", NUMBER),
        unused_code_count=_field("How many of them are left", NUMBER),
        unused_codes=_field("Those that are left", {"type": "array", "items": TEXT}),
    ),
    "AuthenticatorList": {"type": "array", "items": _refers("Authenticator")},
    "AccountConfiguration": _object(
        "Signing in by e-mail and password.",
        ("login_methods", "is_open_for_signup"),
        login_methods=_field("What people sign in with", {"type": "array", "items": TEXT}),
        is_open_for_signup=_field("Whether people may sign up", FLAG),
        email_verification_by_code_enabled=_field("Whether addresses are verified by codes", FLAG),
        login_by_code_enabled=_field("Whether codes that are mailed sign in", FLAG),
        password_reset_by_code_enabled=_field("Whether passwords are reset by codes", FLAG),
    ),
    "ProviderSignup": _object(
        "What the provider did not tell.",
        ("email",),
        email=_field("The e-mail address", example="maya@example.com"),
    ),
    "Refusal": _object(
        "A refusal of a sign-in call: the contract's `error` and `message`, and what allauth says beside them.",
        ("error", "message"),
        error=_field("A stable code, for your program"),
        message=_field("A sentence for the developer"),
        status=_field("The HTTP status, where it is allauth that refuses", NUMBER),
        field=_field("The first wrong field"),
        errors=_field("All wrong fields", {"type": "array", "items": _refers("WrongField")}),
        data=_refers("State"),
        meta=_refers("RefusalMeta"),
    ),
    "WrongField": WRONG_FIELD,
    "State": STATE,
    "RefusalMeta": _object(
        "The session, if there is one, and what a second factor is set up with.", (), **REFUSAL_META
    ),
}
"""By allauth's name, or by ours where allauth has no such schema."""
PLAIN = {"status": "The HTTP status", "data": "What was asked for", "meta": "Beside it", "user": "The person"}
WORDS = PLAIN | {
    "methods": "How they signed in",
    "email": "The e-mail address",
    "password": "The password",
    "current_password": "The old password",
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
