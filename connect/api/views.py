"""The base of all calls, and the calls that every kind of resource has; a subclass names its model."""

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
from connect.api.throttling import Throttled, address_to_count, client_address, limit_of
from connect.api.unknown_fields import HEADER, refuse_unknown, unknown_fields
from connect.errors import ApiError, PermissionDenied, ResourceNotFound, UnsupportedMediaType, ValidationFailed
from connect.models import SocialResource, User
from connect.moderation.claims import AlreadyConnected, LimitReached
from connect.moderation.workflow import Health, InvalidTransition, Status

JSON_OR_FORM = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
WHOLE_LIST: dict[str, Any] = {"view": "brief"}
"""The query that an empty body stands for."""


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
    """A call of the API: a POST, whose body InputGuardMiddleware reads (`sent`) and `input` validates."""

    http_method_names = ["post"]
    parser_classes = ()
    content_types: ClassVar[tuple[str, ...]] = JSON_OR_FORM
    writes: ClassVar[bool] = True
    """Whether a repeated call may have another effect: then it takes an Idempotency-Key."""
    reports_unknown_fields: ClassVar[bool] = True
    """Whether the answer's header lists fields that the call does not know."""
    calls_out: ClassVar[bool] = False
    """Whether it calls a provider: then it stores its answer for the Idempotency-Key itself."""
    limits: ClassVar[tuple[str, ...]] = ("user",)
    """The limits that count a signed-in caller's calls, beside the one of the address."""
    errors: ClassVar[tuple[ApiError, ...]] = ()
    """An example of each error that this call may answer with, beside the errors of every call."""
    input_class: ClassVar[type[serializers.Serializer[Any]]]
    answer_class: ClassVar[type[serializers.Serializer[Any]]] = Done
    success_status: ClassVar[int] = 200

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Count the call before any work is done for it, and make a call that writes idempotent."""
        self.count("address", address_to_count(client_address(request)))
        self.perform_authentication(request)
        self.check_permissions(request)
        self.sent = self.body_of(request)
        self.unknown = unknown_fields(self.sent, self.input_class) if self.reports_unknown_fields else []
        refuse_unknown(self.unknown)
        if request.user.is_authenticated:
            for name in self.limits:
                self.count(name, str(request.user.pk))
            if self.writes:
                self.post: Any = partial(self.once, self.post)

    def read_with_caller(self, user_id: int) -> Records | None:
        """Records that the query of the authentication may fetch as well; None for most calls."""
        return None

    def body_of(self, request: Request) -> Any:
        """The body: an empty object if there is none, None if this is no POST. Raises UnsupportedMediaType."""
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
        self.usage = (limit.take(who) if limit else None) or getattr(self, "usage", None)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        usage = getattr(self, "usage", None)
        for name, value in (usage.headers if usage else {}).items():
            response[name] = value
        if unknown := getattr(self, "unknown", None):
            response[HEADER] = ", ".join(unknown)
        return super().finalize_response(request, response, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Any:
        self.usage = exc.usage if isinstance(exc, Throttled) else getattr(self, "usage", None)
        return super().handle_exception(exc)

    def raise_uncaught_exception(self, exc: Exception) -> Never:
        """Raise it as it is: DRF's own method would look for a renderer, and there is none."""
        raise exc

    def input(self, request: Request, **context: Any) -> dict[str, Any]:
        """Validate and return the body; raises a validation error."""
        if not isinstance(self.sent, dict):
            raise ValidationFailed("The body must be an object", field="body")
        serializer = self.input_class(data=self.sent, context=context)
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)


CLAIM_CONFLICTS = (AlreadyConnected(), InvalidTransition("resubmit", Status.ACCEPTED))
"""How submitting a claim may fail: the creator has a live record of it, maybe one that staff accepted just now."""


def reference_errors(noun: str) -> tuple[ApiError, ...]:
    """The errors of a call that names one record of the caller."""
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
    """A call about one kind of resource. `describe` sets its input, answer and errors from the model's names."""

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

    A caller with more records than fit into one answer (more than anybody may have live) goes on by `next_cursor`.
    """

    writes = False
    input_class = ListInput
    everything: Records | None = None

    @classmethod
    def describe(cls) -> None:
        cls.answer_class = cls.model.shape.answer_serializer(cls.model)

    def read_with_caller(self, user_id: int) -> Records | None:
        """The whole list, if the body is empty, as at an app's start. Other bodies are validated after the sign-in."""
        if getattr(self.request._request, "input_data", None) == {}:
            self.everything = records_of(self.model, user_id, WHOLE_LIST)
        return self.everything

    def post(self, request: Request) -> Answer:
        query = WHOLE_LIST if self.everything else self.input(request)
        records = self.everything or records_of(self.model, cast(int, request.user.pk), query)
        rows, limit = records.as_dicts(), query.get("limit")
        body = {self.model.shape.plural: rows[: records.page_size]}
        if limit is None and len(rows) <= records.page_size:
            return Answer(body)
        cursor = str(rows[records.page_size - 1]["id"]) if len(rows) > records.page_size else None
        return Answer({**body, "next_cursor": cursor})


class ResourceAdd(ResourceView):
    """Submit a claim about a resource, for staff to decide."""

    @classmethod
    def describe(cls) -> None:
        noun = cls.model.shape.noun
        cls.errors = (*CLAIM_CONFLICTS, LimitReached(noun), PermissionDenied.to(noun))
        cls.input_class = cls.model.submission
        cls.answer_class = success_serializer(f"{noun.capitalize()}Add", f"{noun}_id")

    def post(self, request: Request) -> Answer:
        resource = self.model.objects.submit(user=request.user, **self.input(request))
        shape = self.model.shape
        return success(f"Social {shape.noun} added successfully", **{f"{shape.noun}_id": resource.pk})


class ResourceAppeal(ResourceView):
    """Ask staff to look at a rejection or suspension again, once for each decision. It stands until they have."""

    @classmethod
    def describe(cls) -> None:
        cls.input_class = cls.model.shape.appeal_serializer()
        cls.errors = (*reference_errors(cls.model.shape.noun), InvalidTransition("appeal", Status.PENDING))

    def post(self, request: Request) -> Answer:
        appeal = self.input(request)
        resource = self.model.objects.get_for(request.user, appeal[f"{self.model.shape.noun}_id"])
        resource.appeal_against(appeal["text"], by=cast(User, request.user))
        return success("Appeal submitted")


class ResourceDisconnect(ResourceView):
    @classmethod
    def describe(cls) -> None:
        cls.input_class = cls.model.reference
        cls.errors = (*reference_errors(cls.model.shape.noun), InvalidTransition("disconnect", Status.DISCONNECTED))

    def post(self, request: Request) -> Answer:
        pk = self.input(request)[f"{self.model.shape.noun}_id"]
        self.model.objects.get_for(request.user, pk).disconnect(by=request.user)
        return success(f"{self.model.shape.label} disconnected successfully")
