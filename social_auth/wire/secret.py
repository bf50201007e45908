from dataclasses import dataclass


@dataclass(frozen=True)
class Secret:
    """Tokens in the clear, for the length of a call. Its repr does not show them."""

    access_token: str
    refresh_token: str = ""

    def __repr__(self) -> str:
        return "Secret(…)"

    def with_refresh_token(self, refresh_token: str) -> "Secret":
        return Secret(self.access_token, refresh_token)
