"""Input fields that take a value from JSON or from a form alike, and refuse what only looks like one."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connect.errors import ValidationFailed
from connect.identity.canonical import NotCanonical, canonical_id, canonical_url
from connect.network_table import URLS, Network

MAX_COUNT = 10**10
MAX_BIGINT = 2**63 - 1
UNPRINTABLE = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069"
TEXT = rf"^[^{UNPRINTABLE}]*$"
# \x85 is a space to Python, and none to JavaScript
FILLED_TEXT = rf"^[^{UNPRINTABLE}]*[^\s\x85{UNPRINTABLE}][^{UNPRINTABLE}]*$"


class StrictIntegerField(serializers.IntegerField):
    """A whole JSON number or ASCII digits; no booleans, fractions, signs or other alphabets' digits."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and re.fullmatch(r"[0-9]{1,20}", data, re.ASCII):
            data = int(data)
        if isinstance(data, float) and data.is_integer():
            data = int(data)  # 5.0, as some languages write 5
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class RecordIdField(StrictIntegerField):
    """Our own id of a record. Any positive whole number is well-formed; whether it exists is another question."""

    told = {"format": "int64", "maximum": MAX_BIGINT}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, **kwargs)


class CountField(StrictIntegerField):
    """How many follow, as the creator says; null and empty mean not known."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_COUNT, required=False, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class StrictBooleanField(serializers.BooleanField):
    """true or false, and in a form the same as words; no numbers, and no other words for yes."""

    def to_internal_value(self, data: Any) -> bool:
        told = {"true": True, "false": False}.get(data, data) if isinstance(data, str) else data
        if not isinstance(told, bool):
            self.fail("invalid", input=data)
        return told


class StrictCharField(serializers.CharField):
    """Text only: a number or a boolean is not silently turned into one, nor is an unprintable character kept."""

    def __init__(self, *, numbers: bool = False, **kwargs: Any) -> None:
        self.numbers = numbers
        super().__init__(**kwargs)

    @property
    def told(self) -> dict[str, Any]:
        """What the schema says of it, beside its type and its length."""
        return {"pattern": TEXT if self.allow_blank else FILLED_TEXT}

    def to_internal_value(self, data: Any) -> str:
        if self.numbers and isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        if not isinstance(data, str):
            self.fail("invalid")
        if not re.fullmatch(TEXT, data):
            self.fail("invalid")
        return str(super().to_internal_value(data))


@extend_schema_field({"type": "string", "pattern": "^[0-9]{0,20}$"})
class CursorField(serializers.Field[Any, Any, Any, Any]):
    """Where a list goes on: the place of what came last; null and empty are its beginning, None."""

    default_error_messages = {"invalid": "Not a cursor of this list"}

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> int | None:
        if not isinstance(data, str) or not re.fullmatch("[0-9]{0,20}", data):
            self.fail("invalid")
        return min(int(data), MAX_BIGINT) if data else None


class NetworkField(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": "Network type not supported"}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Network.choices, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return str(super().to_internal_value(data.strip().lower()))


class ChoiceTextField(serializers.ChoiceField):
    """A choice that must be given as text; who gives another one is told which there are."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid_choice"] = f"Must be one of {', '.join(map(str, self.choices))}"

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return str(super().to_internal_value(data))


def canonical_account(network: str, external_id: str, url: str, *, id_field: str, url_field: str) -> dict[str, str]:
    """Return the canonical id and URL; raises on the field that is not of that network.

    A wrong URL is answered with why it is, and a good one.
    """
    wrong: dict[str, str] = {}
    canonical, told = {}, {}
    try:
        canonical["external_id"] = canonical_id(network, external_id)
    except NotCanonical:
        wrong[id_field] = "Invalid account id"
    try:
        canonical["url"] = canonical_url(network, url)
    except NotCanonical as error:
        wrong[url_field] = "Invalid network URL format"
        told = {"hint": str(error), "example": URLS[network].example}
    if wrong:
        errors = [{"field": field, "message": message} for field, message in wrong.items()]
        raise ValidationFailed(**errors[0], errors=errors if len(errors) > 1 else None, **told)
    return canonical
