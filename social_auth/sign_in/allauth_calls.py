"""Our texts about allauth's calls: a name for generated clients, a line, what a caller must know, and who may call."""

from dataclasses import dataclass
from typing import Any

OPEN: list[dict[str, Any]] = []
"""No sign-in is needed."""
HALF: list[dict[str, Any]] = [{"sessionToken": []}, {}]
"""For a sign-in that is not complete."""
SIGNED_IN: list[dict[str, Any]] = [{"bearer": []}, {"sessionToken": []}]


@dataclass(frozen=True)
class SignInCall:
    name: str
    summary: str
    about: str
    security: Any


CALLS: dict[tuple[str, str], SignInCall] = {
    ("post", "auth/signup"): SignInCall(
        "signUp", "Sign up by e-mail and password", "The answer signs in: keep both tokens of `meta`. In production "
        "it is 401 `sign_in_unfinished` until the address is verified.", OPEN,
    ),
    ("post", "auth/login"): SignInCall(
        "login", "Sign in by e-mail and password", "Keep both tokens of `meta`: `access_token` lives for a quarter of "
        "an hour, `refresh_token` gets the next one.", OPEN,
    ),
    ("post", "auth/provider/token"): SignInCall(
        "signInWithProvider", "Sign in by a provider's account", "By a `code`, or a token that is proven to be minted "
        "for our app. The first time it signs up. To connect an account, use the calls of *Connect*.", OPEN,
    ),
    ("post", "tokens/refresh"): SignInCall(
        "refreshTokens", "Get the next access token", "A refresh token is good once: the answer has the next one. 400 "
        "`invalid_refresh_token` means that the person has to sign in again.", OPEN,
    ),
    ("get", "auth/session"): SignInCall(
        "getSession", "Who is signed in", "The person and how they signed in; 401 with the flows that are open "
        "otherwise.", SIGNED_IN,
    ),
    ("delete", "auth/session"): SignInCall(
        "logout", "Sign out", "Ends the session and its tokens. The answer is 401, as nobody is signed in any more.",
        SIGNED_IN,
    ),
    ("get", "auth/email/verify"): SignInCall(
        "getEmailVerification", "What a verification key is for", "Whose address the key would verify.", OPEN,
    ),
    ("post", "auth/email/verify"): SignInCall(
        "verifyEmail", "Verify an e-mail address", "By the code or key of the mail. It finishes a sign-up that "
        "waits for it.", HALF,
    ),
    ("post", "auth/email/verify/resend"): SignInCall(
        "resendVerificationCode", "Mail the verification code again", "For a sign-up that waits for it.", HALF,
    ),
    ("post", "auth/password/request"): SignInCall(
        "requestPasswordReset", "Ask for a new password", "Mails a code. It answers the same whether there is such an "
        "account or not.", OPEN,
    ),
    ("get", "auth/password/reset"): SignInCall(
        "getPasswordReset", "Whether a reset code is good", "Before a new password is asked for.", HALF,
    ),
    ("post", "auth/password/reset"): SignInCall(
        "resetPassword", "Set a new password", "By the code that was mailed.", HALF,
    ),
    ("get", "auth/provider/signup"): SignInCall(
        "getProviderSignUp", "What a sign-up by a provider lacks", "If the provider told no e-mail address.", HALF,
    ),
    ("post", "auth/provider/signup"): SignInCall(
        "completeProviderSignUp", "Complete a sign-up by a provider", "With the e-mail address that it lacks.", HALF,
    ),
    ("post", "auth/2fa/authenticate"): SignInCall(
        "authenticateWithSecondFactor", "Finish a sign-in by a second factor", "By a code of the authenticator app, or "
        "a recovery code.", HALF,
    ),
    ("post", "auth/code/confirm"): SignInCall(
        "confirmLoginCode", "Finish a sign-in by a mailed code", "Where a sign-in asked for one.", HALF,
    ),
    ("post", "auth/reauthenticate"): SignInCall(
        "reauthenticate", "Sign in once more, by password", "Before calls that answer 403 `fresh_sign_in_required`; "
        "it counts for five minutes.", SIGNED_IN,
    ),
    ("post", "auth/2fa/reauthenticate"): SignInCall(
        "reauthenticateWithSecondFactor", "Sign in once more, by a second factor", "As by password.", SIGNED_IN,
    ),
    ("get", "config"): SignInCall(
        "getSignInConfig", "How people may sign in", "Which providers are open, with the app's public ids there.", OPEN,
    ),
    ("get", "account/providers"): SignInCall(
        "listSignInAccounts", "List the accounts that sign in", "The providers' accounts that sign the caller in.",
        SIGNED_IN,
    ),
    ("delete", "account/providers"): SignInCall(
        "removeSignInAccount", "Take away an account that signs the caller in", "What is connected stays connected. "
        "Sessions that were begun by it end. It takes a fresh sign-in.", SIGNED_IN,
    ),
    ("get", "account/email"): SignInCall("listEmails", "List the e-mail addresses", "Of the caller.", SIGNED_IN),
    ("post", "account/email"): SignInCall(
        "addEmail", "Add an e-mail address", "It is verified by a code that is mailed to it. It takes a fresh sign-in.",
        SIGNED_IN,
    ),
    ("put", "account/email"): SignInCall(
        "sendEmailVerification", "Mail a verification again", "For an address that is not verified yet.", SIGNED_IN,
    ),
    ("patch", "account/email"): SignInCall(
        "choosePrimaryEmail", "Choose the primary address", "Where mails go. It takes a fresh sign-in.", SIGNED_IN,
    ),
    ("delete", "account/email"): SignInCall(
        "removeEmail", "Remove an e-mail address", "Not the primary one. It takes a fresh sign-in.", SIGNED_IN,
    ),
    ("post", "account/password/change"): SignInCall(
        "changePassword", "Change the password", "By the one of before; whoever has none needs a fresh sign-in. Other "
        "sessions end.", SIGNED_IN,
    ),
    ("get", "account/authenticators"): SignInCall(
        "listSecondFactors", "List the second factors", "Of the caller.", SIGNED_IN,
    ),
    ("get", "account/authenticators/totp"): SignInCall(
        "getAuthenticatorApp", "Whether there is an authenticator app", "404 has the secret to set one up with.",
        SIGNED_IN,
    ),
    ("post", "account/authenticators/totp"): SignInCall(
        "addAuthenticatorApp", "Set an authenticator app up", "By a code that it shows. It takes a fresh sign-in.",
        SIGNED_IN,
    ),
    ("delete", "account/authenticators/totp"): SignInCall(
        "removeAuthenticatorApp", "Remove the authenticator app", "It takes a fresh sign-in.", SIGNED_IN,
    ),
    ("get", "account/authenticators/recovery-codes"): SignInCall(
        "listRecoveryCodes", "List the recovery codes", "Those that are not used yet. It takes a fresh sign-in.",
        SIGNED_IN,
    ),
    ("post", "account/authenticators/recovery-codes"): SignInCall(
        "renewRecoveryCodes", "Make new recovery codes", "The old ones are worth nothing then. It takes a fresh "
        "sign-in.", SIGNED_IN,
    ),
}  # fmt: skip
"""By method and path below `/_allauth/app/v1/`, in the order in which the document has them."""
