"""What goes wrong with a call whatever it asks: the same for every provider, but for its words about limits."""

from types import ModuleType

from social_auth.sandbox.wire import Reply


def fault(provider: ModuleType, condition: str) -> Reply | None:
    """Return the answer to a call in that condition; None if the condition does not concern the call as such."""
    match condition:
        case "rate_limited":
            return provider.rate_limited()
        case "throttled":
            return Reply(429, {}, {"Retry-After": "2"})
        case "out_of_credit":
            return getattr(provider, "out_of_credit", provider.rate_limited)()
        case "5xx":
            return Reply(503, "<html><body>Service Unavailable</body></html>")
        case "garbage":
            return Reply(200, b'{"data": {"id": "1\xff\xfe')
        case "huge":
            return Reply(200, {"data": "x" * 2_000_000})
        case "drip":
            return Reply(200, {"data": "x" * 100}, drips=True)
    return None
