"""The API's field names of a kind of resource, from which its input, list and schema are made."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rest_framework import serializers

from connect.api.fields import CountField, NetworkField, RecordIdField, StrictCharField, canonical_account
from connect.moderation.next_steps import NextStep
from connect.moderation.quality import QUALITIES

FULL_ONLY = ("engagement_rate", "connected_at", "last_updated", "extra_data")
OURS = (
    "health", "verification_level", "followers_as_of", "followers_source", "followers_quality",
    "status_reason", "next_steps", "appealed_at",
)  # fmt: skip
"""What the full view adds to the spec's data models."""


@dataclass(frozen=True)
class Shape:
    """The API's names of a resource, such as `page_id` and `subscribers`."""

    noun: str
    plural: str
    label: str
    count: str = "followers"
    network_field: str = "network"
    """The network's name in the call that submits a claim."""
    named: bool = True
    brief_tail: tuple[str, ...] = ("category", "connected_at")
    full_head: tuple[str, ...] = ()
    full_tail: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> dict[str, str]:
        """API name -> model field, for every name that differs."""
        names = {f"{self.noun}_id": "external_id", f"{self.noun}_name": "name", f"{self.noun}_url": "url"}
        return names if self.count == "followers" else {**names, self.count: "followers"}

    @cached_property
    def _identity(self) -> tuple[str, ...]:
        name = (f"{self.noun}_name",) if self.named else ()
        return ("network", f"{self.noun}_id", *name, f"{self.noun}_url", "status", self.count)

    @cached_property
    def brief(self) -> tuple[str, ...]:
        return ("id", *self._identity, *self.brief_tail)

    @cached_property
    def full(self) -> tuple[str, ...]:
        return ("id", "user_id", *self._identity, *self.full_head, "category", *FULL_ONLY, *OURS, *self.full_tail)

    def selection(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        return [(name, self.columns.get(name, name)) for name in names]

    def input_serializer(self) -> type[serializers.Serializer[Any]]:
        """Build the serializer of the call that submits such a resource; it yields model fields."""
        network, noun = self.network_field, self.noun
        fields: dict[str, Any] = {network: NetworkField(source="network")} if network != "network" else {}
        fields |= {} if fields else {"network": NetworkField()}
        fields[f"{noun}_id"] = StrictCharField(numbers=True, max_length=191)
        if self.named:
            fields[f"{noun}_name"] = StrictCharField(source="name", max_length=200)
        fields[f"{noun}_url"] = StrictCharField(max_length=2048)
        fields[self.count] = CountField() if self.count == "followers" else CountField(source="followers")
        fields["category"] = StrictCharField(max_length=64, required=False, allow_blank=True, allow_null=True)

        def validate(serializer: serializers.Serializer[Any], data: dict[str, Any]) -> dict[str, Any]:
            canonical = canonical_account(
                data["network"],
                data.pop(f"{noun}_id"),
                data.pop(f"{noun}_url"),
                id_field=f"{noun}_id",
                url_field=f"{noun}_url",
            )
            return {**data, **canonical, "category": data.get("category") or ""}

        return type(f"{noun.capitalize()}Submission", (serializers.Serializer,), {**fields, "validate": validate})

    def reference_serializer(self) -> type[serializers.Serializer[Any]]:
        """Build the input of the calls that name one record by our id."""
        name = f"{self.noun.capitalize()}Reference"
        return type(name, (serializers.Serializer,), {f"{self.noun}_id": RecordIdField()})

    def appeal_serializer(self) -> type[serializers.Serializer[Any]]:
        """Build the input of an appeal: our id of the record, and what the creator has to say."""
        fields = {f"{self.noun}_id": RecordIdField(), "text": StrictCharField(max_length=2000)}
        return type(f"{self.noun.capitalize()}Appeal", (serializers.Serializer,), fields)

    def answer_serializer(self, model: Any) -> type[serializers.Serializer[Any]]:
        """Describe the list's answer for the schema only: no serializer makes it (`rows.py`)."""
        name = self.noun.capitalize()
        fields = {
            self.plural: self._row_serializer(model)(many=True),
            "next_cursor": serializers.CharField(
                required=False, allow_null=True, help_text="With `limit`, or if there are more"
            ),
        }
        return type(f"{name}List", (serializers.Serializer,), fields)

    def _row_serializer(self, model: Any) -> Any:
        """Describe both views as one, with the fields of `view: full` optional. A union would need a discriminator."""
        names = self.full
        declared: dict[str, Any] = {
            name: serializers.CharField(source=column) for name, column in self.columns.items() if name in names
        }
        source = None if self.count == "followers" else "followers"
        declared[self.count] = serializers.IntegerField(source=source, allow_null=True)
        declared["extra_data"] = serializers.DictField()
        declared["followers_quality"] = serializers.ChoiceField(choices=QUALITIES, allow_blank=True)
        reason = "Why staff decided so, if they chose to tell"
        declared["status_reason"] = serializers.CharField(allow_blank=True, help_text=reason)
        declared["next_steps"] = serializers.ListField(child=serializers.ChoiceField(choices=NextStep.choices))
        meta = type("Meta", (), {"model": model, "fields": names})
        attributes = {"Meta": meta, "always": self.brief, "__doc__": "`view: full` adds what is not required."}
        return type(f"{self.noun.capitalize()}Row", (serializers.ModelSerializer,), {**declared, **attributes})
