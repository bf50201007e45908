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
