from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from connect.api.answers import Answer
from connect.api.views import ResourceView, reference_errors
from connect.moderation.quality import QUALITIES, CountSource
from connect.moderation.workflow import InvalidTransition, Status
from networks.models import SocialNetwork
from social_auth.refresh.on_demand import JobState, request_refresh

KNOWN = ("followers", "followers_source", "followers_as_of", "followers_quality")


class RefreshAnswer(serializers.Serializer[Any]):
    network_id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=JobState.choices)
    retry_after = serializers.IntegerField(help_text="Seconds until asking again can change anything")
    followers = serializers.IntegerField(allow_null=True)
    followers_source = serializers.ChoiceField(choices=CountSource.choices, allow_blank=True)
    followers_as_of = serializers.DateTimeField(allow_null=True)
    followers_quality = serializers.ChoiceField(choices=QUALITIES, allow_blank=True)


class NetworkRefresh(ResourceView):
    """Read the follower count now, or join the job that does; call it again for the state of the job."""

    model = SocialNetwork
    input_class = SocialNetwork.reference
    answer_class = RefreshAnswer
    errors = (*reference_errors("network"), InvalidTransition("refresh", Status.DISCONNECTED))

    def post(self, request: Request) -> Answer:
        network = SocialNetwork.objects.get_for(request.user, self.input(request)["network_id"])
        job = request_refresh(network)
        count = {name: getattr(network, name) for name in KNOWN}
        return Answer({"network_id": network.pk, "state": job.state, "retry_after": job.retry_after, **count})
