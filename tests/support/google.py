"""Google's part in a test: people who sign in by id_tokens, and security events that it delivers."""

import time

import jwt
from django.test import Client

from social_auth.sandbox import id_tokens
from social_auth.sandbox.tokens import mint

CLIENT = "google-client-id"
SUB = mint("youtube", "maya").holder.uid(CLIENT)


def sign_in(id_token, **more):
    token = {"client_id": CLIENT, "id_token": id_token, **more}
    body = {"provider": "google", "process": "login", "token": token}
    return Client().post("/_allauth/app/v1/auth/provider/token", body, content_type="application/json")


def an_id_token(name="maya", **claims):
    return id_tokens.id_token(mint("youtube", name), **claims)


def claims_of(text):
    return jwt.decode(text, options={"verify_signature": False})


def deliver(text, content_type="application/secevent+jwt"):
    return Client().post("/api/callbacks/google/", text, content_type=content_type)


def event(kind, subject=None, **claims):
    iat = int(time.time()) + 1
    subject = subject or {"subject_type": "iss-sub", "iss": "https://accounts.google.com/", "sub": SUB}
    return id_tokens.security_event(kind, subject, app=CLIENT, **{"iat": iat} | claims)
