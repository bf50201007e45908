"""Faults that can hit any call: the same for every provider, except for how it words a limit."""

from types import ModuleType

from social_auth.sandbox.wire import Reply


def fault(provider: ModuleType, condition: str) -> Reply | None:
    """Return the faulty answer for a condition; None if the condition is not one of calls."""
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
