"""When the planners and the housekeeping tasks run, and the queues that workers take from."""

from collections.abc import Collection

from celery.schedules import crontab

from config.environment import DEVELOPMENT, PLANNING_QUEUE

# No message expires: a worker whose clock is wrong would throw good ones away. A late message does no harm: the fencing
# token stops a worker whose rows another has claimed, and a second planning finds nothing to do.
PLANNERS = {
    "social_auth.refresh.tasks.plan_refresh": 5.0 if DEVELOPMENT else 15.0,
    "social_auth.refresh.tasks.plan_engagement": 60.0,
    "social_auth.credentials.tasks.plan_renewals": 60.0,
    "social_auth.credentials.tasks.plan_revocations": 60.0,
    "social_auth.credentials.tasks.warn_of_ends": 600.0,
    "social_auth.connections.tasks.give_up_exchanges": 60.0,
    "social_auth.assets.tasks.plan_discoveries": 60.0,
    "social_auth.privacy.tasks.plan_erasures": 15.0,
    "config.tasks.plan_bulk_decisions": 15.0,
    "social_auth.notices.tasks.plan_webhooks": 5.0,
    "social_auth.notices.tasks.write_mails": 15.0,
    "social_auth.notices.tasks.plan_mails": 15.0,
}
HOUSEKEEPING = {
    "config.tasks.forget_seen": 3600.0,
    "social_auth.connections.tasks.forget_links": 3600.0,
    "config.tasks.prune_history": crontab(hour="3", minute="40"),
    "config.tasks.prune_events": crontab(hour="4", minute="10"),
    "config.tasks.clear_sessions": crontab(hour="4", minute="40"),
}
BEAT_SCHEDULE = {
    **{
        name: {"task": name, "schedule": every, "options": {"queue": PLANNING_QUEUE}}
        for name, every in PLANNERS.items()
    },
    **{name: {"task": name, "schedule": every} for name, every in HOUSEKEEPING.items()},
}


def work_queues(networks: Collection[str]) -> list[str]:
    """A queue for each kind of work and network, from which workers take in turn.

    A slow provider holds up only its own accounts. The planners' queue has a process of its own (docs/operations.md).
    """
    kinds = ("refresh", "on_demand", "renewal", "discovery", "engagement", "revocation")
    by_network = [f"{kind}.{network}" for kind in kinds for network in networks]
    return ["celery", "bulk", "delivery", "mail", "erasure.accounts", *by_network]
