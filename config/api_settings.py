"""Settings of Django REST framework, and of the OpenAPI schema that drf-spectacular writes."""

from typing import Any

from config.version import VERSION
from connect.api.document.groups import INTRODUCTION

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "social_auth.sign_in.authentication.BearerAuthentication",
        "social_auth.sign_in.authentication.SessionTokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "connect.api.negotiation.FallBackToFirst",  # for the schema page
    "DEFAULT_SCHEMA_CLASS": "connect.api.schema.ConnectSchema",
    "EXCEPTION_HANDLER": "connect.api.answers.exception_handler",
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Connect API",
    "DESCRIPTION": INTRODUCTION,
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/",
    "SERVERS": [],  # the host that served the schema
    "CONTACT": {"name": "The platform that you have your account from"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "social_auth.sign_in.allauth_schema.with_allauth",
        "connect.api.document.finish.finish_document",
    ],
    "ENUM_NAME_OVERRIDES": {
        "NetworkEnum": "connect.network_table.Network",
        "StatusEnum": "connect.moderation.workflow.Status",
        "HealthEnum": "connect.moderation.workflow.Health",
        "FollowersSourceEnum": "connect.moderation.quality.CountSource",
        "FollowersQualityEnum": "connect.moderation.quality.QUALITIES",
        "EventTypeEnum": "connect.events.catalogue.EVENT_CHOICES",
    },
}
