"""Whoever does what at the same moment: one owner, no way around a suspension, and nobody's record in others' hands.

`make interleavings` runs 2,000; a failure names its seed, with which INTERLEAVING_SEED draws the same again. Threads
take turns as they like, so that the same seed may have to be run more than once.
"""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from tests.support.interleaving import PEOPLE, World, without_providers

RUNS = int(os.environ.get("INTERLEAVINGS", "60"))
SEED = os.environ.get("INTERLEAVING_SEED", "1") or str(random.SystemRandom().randrange(10**9))
"""The same worlds each time in `make test`; other ones where it is set and empty, as `make interleavings` does."""
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(0 if RUNS > 60 else 300)]


@pytest.fixture
def together():
    """Start all jobs at the same moment, in threads that keep their connections."""
    barrier = Barrier(PEOPLE)

    def run(job):
        barrier.wait()
        return job()

    with ThreadPoolExecutor(PEOPLE) as pool:
        yield lambda jobs: list(pool.map(run, jobs))
        list(pool.map(run, [connections.close_all] * PEOPLE))


def test_nobody_is_wronged_whoever_does_what_at_the_same_moment(staff, together, monkeypatch, caplog):
    from social_auth.assets import tasks as assets_tasks
    from social_auth.credentials import tasks as credentials_tasks
    from social_auth.privacy import tasks as privacy_tasks

    for task in (credentials_tasks.revoke, assets_tasks.discover, privacy_tasks.erase_account):
        monkeypatch.setattr(task, "apply_async", lambda **_: None)
    without_providers(monkeypatch)
    caplog.set_level("WARNING", "social_auth.sign_in.moves")  # a line for each
    for number in range(RUNS):
        world = World(f"{SEED}/{number}", number, staff)
        together(world.jobs())
        world.settle()
        wrongs = list(world.wrongs())
        assert not wrongs, "\n".join([f"INTERLEAVING_SEED={SEED}, run {number}", *wrongs, *world.story()])
    print(f"\n{RUNS} interleavings of seed {SEED}")
