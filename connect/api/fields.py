"""Input fields that accept the same value from JSON or from a form, and refuse values that only look like it."""

import re
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from connect.errors import ValidationFailed
from connect.identity.stored_forms import NotCanonical, canonical_id, canonical_url
from connect.network_table import URLS, Network

MAX_COUNT = 10**10
MAX_BIGINT = 2**63 - 1
UNPRINTABLE = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069"
TEXT = rf"^[^{UNPRINTABLE}]*$"
# Python's \s has \x85, JavaScript's has not
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

    schema_extra = {"format": "int64", "maximum": MAX_BIGINT}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, **kwargs)


class CountField(StrictIntegerField):
    """A number of followers as the creator claims it; null and empty mean "not known"."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=0, max_value=MAX_COUNT, required=False, allow_null=True, **kwargs)

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        return super().validate_empty_values(None if data == "" else data)


class StrictBooleanField(serializers.BooleanField):
    """true or false, in a form the same words; no numbers, and no "yes" or "on"."""

    def to_internal_value(self, data: Any) -> bool:
        value = {"true": True, "false": False}.get(data, data) if isinstance(data, str) else data
        if not isinstance(value, bool):
            self.fail("invalid", input=data)
        return value


class StrictCharField(serializers.CharField):
    """Text only: numbers and booleans are refused and not turned into text, and so are unprintable characters."""

    def __init__(self, *, numbers: bool = False, **kwargs: Any) -> None:
        self.numbers = numbers
        super().__init__(**kwargs)

    @property
    def schema_extra(self) -> dict[str, Any]:
        """What the OpenAPI schema says about it beside its type and length."""
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
    """Where a list goes on: the id of the last row of the page before. Null and empty give None, its beginning."""

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
    """A choice that must be given as text; the error lists the choices."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid_choice"] = f"Must be one of {', '.join(map(str, self.choices))}"

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return str(super().to_internal_value(data))


def canonical_account(network: str, external_id: str, url: str, *, id_field: str, url_field: str) -> dict[str, str]:
    """Return the canonical id and URL; raises ValidationFailed naming the field that is not of that network.

    For a wrong URL the error has a hint on what is wrong, and a good example.
    """
    problems: dict[str, str] = {}
    canonical, advice = {}, {}
    try:
        canonical["external_id"] = canonical_id(network, external_id)
    except NotCanonical:
        problems[id_field] = "Invalid account id"
    try:
        canonical["url"] = canonical_url(network, url)
    except NotCanonical as error:
        problems[url_field] = "Invalid network URL format"
        advice = {"hint": str(error), "example": URLS[network].example}
    if problems:
        errors = [{"field": field, "message": message} for field, message in problems.items()]
        raise ValidationFailed(**errors[0], errors=errors if len(errors) > 1 else None, **advice)
    return canonical
