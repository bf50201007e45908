"""The two tables, as another Django project would map them."""

from django.db import models


class Person(models.Model):
    is_active = models.BooleanField()
    is_authenticated = True

    class Meta:
        managed = False
        db_table = "connect_user"


class Network(models.Model):
    user = models.ForeignKey(Person, on_delete=models.DO_NOTHING)
    network = models.CharField(max_length=16)
    network_id = models.CharField(max_length=191, db_column="external_id")
    network_url = models.CharField(max_length=2048, db_column="url")
    status = models.CharField(max_length=12)
    followers = models.BigIntegerField(null=True)
    verified = models.BooleanField()
    connected_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "networks_socialnetwork"


class Account(models.Model):
    network = models.CharField(max_length=16)
    provider_uid = models.CharField(max_length=191)
    name = models.CharField(max_length=200)
    followers = models.BigIntegerField(null=True)
    followers_as_of = models.DateTimeField()
    read_at = models.DateTimeField()
    extra_data = models.JSONField()

    class Meta:
        managed = False
        db_table = "networks_socialnetwork"


class Credential(models.Model):
    account = models.OneToOneField(
        Account, models.DO_NOTHING, primary_key=True, db_column="id", related_name="credential"
    )
    token = models.TextField()

    class Meta:
        managed = False
        db_table = "bench_token"


class Reading(models.Model):
    content_type_id = models.IntegerField()
    object_id = models.BigIntegerField()
    day = models.DateField()
    followers = models.BigIntegerField()
    source = models.CharField(max_length=8)
    as_of = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "connect_followerreading"
