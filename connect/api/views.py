"""The calls that every kind of resource has. A leaf names its model and its sentence; the rest is here."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Never, cast

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from connect.api.answers import Answer
from connect.api.fields import ChoiceTextField, CursorField, NetworkField, StrictIntegerField
from connect.api.idempotency import once
from connect.api.requests import ConnectRequest
from connect.api.rows import MAX_PAGE, Records, records_of
from connect.api.throttling import Throttled, client_address, counted_as, limit_of
from connect.api.unknown_fields import HEADER, refuse_unknown, unknown_fields
from connect.errors import ApiError, PermissionDenied, ResourceNotFound, UnsupportedMediaType, ValidationFailed
from connect.models import SocialResource, User
from connect.moderation.claims import AlreadyConnected, LimitReached
from connect.moderation.workflow import Health, InvalidTransition, Status

JSON_OR_FORM = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
EVERYTHING: dict[str, Any] = {"view": "brief"}
"""What an empty body asks of a list."""


def success_serializer(noun: str, id_name: str = "") -> type[serializers.Serializer[Any]]:
    """Describe the answer that `success` gives, for the schema."""
    fields: dict[str, Any] = {"status": serializers.CharField(help_text="success"), "message": serializers.CharField()}
    if id_name:
        fields[id_name] = serializers.IntegerField()
    return type(f"{noun}Answer", (serializers.Serializer,), fields)


Done = success_serializer("Done")


def success(message: str, *, http_status: int = 200, **extra: Any) -> Answer:
    return Answer({"status": "success", "message": message, **extra}, status=http_status)


class ApiView(APIView):
    """A call of the API: one POST, whose body the input guard has read (`sent`) and `input` checks."""

    http_method_names = ["post"]
    parser_classes = ()
    content_types: ClassVar[tuple[str, ...]] = JSON_OR_FORM
    writes: ClassVar[bool] = True
    """Whether a repeated call may have another effect: then it takes an Idempotency-Key."""
    names_unknown: ClassVar[bool] = True
    """Whether fields that it does not know are told to the caller."""
    calls_out: ClassVar[bool] = False
    """Whether it asks a provider: then it keeps its answer for the key itself."""
    limits: ClassVar[tuple[str, ...]] = ("user",)
    """What a signed-in caller's calls are counted by, beside the address."""
    errors: ClassVar[tuple[ApiError, ...]] = ()
    """What it may refuse beside what every call does, one example of each."""
    input_class: ClassVar[type[serializers.Serializer[Any]]]
    answer_class: ClassVar[type[serializers.Serializer[Any]]] = Done
    success_status: ClassVar[int] = 200

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the call before anything is done for it; what is asked for by key is done once."""
        self.count("address", counted_as(client_address(request)))
        self.perform_authentication(request)
        self.check_permissions(request)
        self.sent = self.body_of(request)
        self.unknown = unknown_fields(self.sent, self.input_class) if self.names_unknown else []
        refuse_unknown(self.unknown)
        if request.user.is_authenticated:
            for name in self.limits:
                self.count(name, str(request.user.pk))
            if self.writes:
                self.post: Any = partial(self.once, self.post)

    def read_with_caller(self, user_id: int) -> Records | None:
        """What the query for who calls may ask for as well, if the caller is this user; None as a rule."""
        return None

    def body_of(self, request: Request) -> Any:
        """What was sent, an empty object for nothing, None by a method that sends none; raises UnsupportedMediaType."""
        raw = cast(ConnectRequest, request._request)
        if raw.method != "POST":
            return None
        if raw.body and (raw.content_type or JSON_OR_FORM[0]) not in self.content_types:
            raise UnsupportedMediaType
        return raw.input_data

    def once(self, work: Callable[[Request], Answer], request: Request) -> Answer:
        return once(request, self.sent, partial(work, request), calls_out=self.calls_out)

    def count(self, name: str, who: str) -> None:
        limit = limit_of(name)
        self.taken = (limit.take(who) if limit else None) or getattr(self, "taken", None)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        taken = getattr(self, "taken", None)
        for name, value in (taken.headers if taken else {}).items():
            response[name] = value
        if unknown := getattr(self, "unknown", None):
            response[HEADER] = ", ".join(unknown)
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        self.taken = exc.taken if isinstance(exc, Throttled) else getattr(self, "taken", None)
        return super().handle_exception(exc)

    def raise_uncaught_exception(self, exc: Exception) -> Never:
        """Let it rise as it is: there is no renderer to tell of it."""
        raise exc

    def input(self, request: Request, **context: Any) -> dict[str, Any]:
        """Return the checked body; raises a validation error for a wrong one."""
        if not isinstance(self.sent, dict):
            raise ValidationFailed("The body must be an object", field="body")
        serializer = self.input_class(data=self.sent, context=context)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)


CLAIMED_BEFORE = (AlreadyConnected(), InvalidTransition("resubmit", Status.ACCEPTED))
"""What a claim may meet: a live record of the creator's, also one that staff accepted at that very moment."""


def refers_to(noun: str) -> tuple[ApiError, ...]:
    """What a call about one record of the caller's may refuse."""
    return (PermissionDenied.to(noun), ResourceNotFound(noun))


VIEWS = [("brief", "The fields of the contract"), ("full", "All that is known")]


class ListInput(serializers.Serializer[Any]):
    view = ChoiceTextField(choices=VIEWS, required=False, default="brief")
    status = ChoiceTextField(choices=Status.choices, required=False)
    network = NetworkField(required=False)
    health = ChoiceTextField(choices=Health.choices, required=False)
    limit = StrictIntegerField(min_value=1, max_value=MAX_PAGE, required=False)
    cursor = CursorField()


class ResourceView(ApiView):
    """A call about one kind of resource. `describe` derives what the schema says from the model's names."""

    model: ClassVar[type[SocialResource]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "model" in cls.__dict__:
            cls.describe()

    @classmethod
    def describe(cls) -> None:
        pass


class ResourceList(ResourceView):
    """The caller's resources, ordered by id: all of them, or as many as `limit` says.

    Whoever has more than an answer holds, which is more than anybody may have live, goes on by `next_cursor`.
    """

    writes = False
    input_class = ListInput
    everything: Records | None = None

    @classmethod
    def describe(cls) -> None:
        cls.answer_class = cls.model.shape.answer_serializer(cls.model)

    def read_with_caller(self, user_id: int) -> Records | None:
        """Everything, if that is what is asked: as every start of an app does. A body is checked for callers only."""
        if getattr(self.request._request, "input_data", None) == {}:
            self.everything = records_of(self.model, user_id, EVERYTHING)
        return self.everything

    def post(self, request: Request) -> Answer:
        asked = EVERYTHING if self.everything else self.input(request)
        found = self.everything or records_of(self.model, cast(int, request.user.pk), asked)
        rows, limit = found.told(), asked.get("limit")
        told = {self.model.shape.plural: rows[: found.most]}
        if limit is None and len(rows) <= found.most:
            return Answer(told)
        cursor = str(rows[found.most - 1]["id"]) if len(rows) > found.most else None
        return Answer({**told, "next_cursor": cursor})


class ResourceAdd(ResourceView):
    """Submit a claim: what the creator says about a resource, for staff to decide."""

    @classmethod
    def describe(cls) -> None:
        noun = cls.model.shape.noun
        cls.errors = (*CLAIMED_BEFORE, LimitReached(noun), PermissionDenied.to(noun))
        cls.input_class = cls.model.submission
        cls.answer_class = success_serializer(f"{noun.capitalize()}Add", f"{noun}_id")

    def post(self, request: Request) -> Answer:
        resource = self.model.objects.submit(user=request.user, **self.input(request))
        shape = self.model.shape
        return success(f"Social {shape.noun} added successfully", **{f"{shape.noun}_id": resource.pk})


class ResourceAppeal(ResourceView):
    """Ask staff to look at a rejection or suspension once more. It stands until they have; once for each decision."""

    @classmethod
    def describe(cls) -> None:
        cls.input_class = cls.model.shape.appeal_serializer()
        cls.errors = (*refers_to(cls.model.shape.noun), InvalidTransition("appeal", Status.PENDING))

    def post(self, request: Request) -> Answer:
        asked = self.input(request)
        resource = self.model.objects.get_for(request.user, asked[f"{self.model.shape.noun}_id"])
        resource.appeal_against(asked["text"], by=cast(User, request.user))
        return success("Appeal submitted")


class ResourceDisconnect(ResourceView):
    @classmethod
    def describe(cls) -> None:
        cls.input_class = cls.model.reference
        cls.errors = (*refers_to(cls.model.shape.noun), InvalidTransition("disconnect", Status.DISCONNECTED))

    def post(self, request: Request) -> Answer:
        pk = self.input(request)[f"{self.model.shape.noun}_id"]
        self.model.objects.get_for(request.user, pk).disconnect(by=request.user)
        return success(f"{self.model.shape.label} disconnected successfully")
