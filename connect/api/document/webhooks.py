"""The webhooks that we send to the platform, for the OpenAPI document."""

from typing import Any

from connect.api.document.groups import TO_THE_PLATFORM

WEBHOOK_EVENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"$ref": "#/components/schemas/EventTypeEnum"},
        "timestamp": {"type": "string", "format": "date-time"},
        "data": {"type": "object", "additionalProperties": {}},
    },
    "required": ["type", "timestamp", "data"],
}
HEADERS = {
    "webhook-id": "The event's id, the same in every attempt: drop what comes twice by it",
    "webhook-timestamp": "When it was sent, in seconds of the epoch",
    "webhook-signature": "By every live secret, as Standard Webhooks sign",
}
EXAMPLE = {
    "type": "network.accepted",
    "timestamp": "2024-01-01T00:00:00Z",
    "data": {"user_id": 456, "network_id": 123, "network": "instagram", "status": "accepted", "verified": True},
}
WEBHOOKS: dict[str, Any] = {
    "event": {
        "post": {
            "operationId": "receiveEvent",
            "tags": [TO_THE_PLATFORM["name"]],
            "summary": "An event, sent to your endpoint",
            "description": "Signed as Standard Webhooks 1.0 are. Answer 2xx within 15 seconds; anything else is tried "
            "again, ten times over 75 hours. 410 ends it. The order is not promised: go by `timestamp`.",
            "security": [],
            "parameters": [
                {"in": "header", "name": name, "required": True, "description": about, "schema": {"type": "string"}}
                for name, about in HEADERS.items()
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/WebhookEvent"},
                        "examples": {"Accepted": {"value": EXAMPLE}},
                    }
                },
            },
            "responses": {"2XX": {"description": "Received"}, "410": {"description": "No more, please"}},
        }
    }
}
