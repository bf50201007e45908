"""One task for each account, as a user of Celery would write it: get the row, ask the provider, save."""

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_settings"

import django
from celery import Celery

django.setup()

from django.utils import timezone

from benchmarks.peers.models import Account, Reading
from benchmarks.peers.wire import READ
from connect.redis_address import read_address

app = Celery("naive", broker=read_address(os.environ["REDIS_URL"]).broker_url)
app.conf.task_ignore_result = True


@app.task
def refresh(pk):
    account = Account.objects.get(pk=pk)
    row = {"uid": account.provider_uid, "token": account.credential.token}
    [(followers, name)] = READ[account.network]([row])
    now = timezone.now()
    account.followers, account.name, account.read_at, account.followers_as_of = followers, name, now, now
    account.extra_data["display_name"] = name
    account.save()
    if followers is not None:
        told = {"followers": followers, "source": "exact", "as_of": now}
        Reading.objects.update_or_create(content_type_id=1, object_id=pk, day=now.date(), defaults=told)


def send(first, last):
    for pk in range(first, last + 1):
        refresh.delay(pk)
