"""A small world in which several people do at once, at random, what may be done with the same accounts and pages."""

import random
from dataclasses import dataclass, field
from functools import partial

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db.models import Q
from django.utils import timezone

from connect.database.retries import retried
from connect.errors import ApiError
from connect.events.catalogue import SignInEvent
from connect.events.models import Event
from connect.identity.columns import same_account
from connect.models import User, erased_uid
from connect.moderation.workflow import INHERITED, LIVE, Level, Status
from networks.models import SocialNetwork
from pages.models import SocialPage
from social_auth.assets import discovery
from social_auth.assets.models import Discovery
from social_auth.callbacks import requests
from social_auth.connections import connection
from social_auth.credentials.models import Credential
from social_auth.privacy import erasure
from social_auth.providers.adapters import ADAPTERS
from social_auth.providers.records import Posted, Profile, Proof
from social_auth.sign_in import moves
from social_auth.wire.outcomes import Outcome
from social_auth.wire.secret import Secret
from tests.support.due import erase_all

NETWORK = "facebook"
PEOPLE, ACTIONS = 3, 5
KINDS = (SocialNetwork, SocialPage)
SUSPENDED = Q(status=Status.SUSPENDED) | Q(status=Status.DISCONNECTED, disconnected_from=Status.SUSPENDED)


def profile_of(name):
    """An account or a page of that name; it has a number and a name that people know."""
    handle = f"name.{name}"
    url = f"https://facebook.com/{handle}"
    return Profile(uid=name, external_id=handle, name=handle, url=url, followers=5, aliases=frozenset({name}))


def proof_of(tokens):
    """A token says itself whose it is and how well it proves that."""
    level, name = tokens.access_token.split(":")
    return Proof(profile_of(name), Level(level), Secret(tokens.access_token), name, "facebook-client-id")


def without_providers(monkeypatch):
    """Tokens prove themselves, and each account administers both pages of its world."""
    adapter = ADAPTERS[NETWORK]
    monkeypatch.setattr(adapter, "prove", lambda tokens, user_id="": proof_of(tokens))
    monkeypatch.setattr(adapter, "identify", proof_of)
    monkeypatch.setattr(discovery, "_listed", lambda network: [profile_of(name) for name in pages_of(network)])


def pages_of(network):
    world = network.provider_uid[:-1]
    return [f"{world}{page}" for page in "78"]


@dataclass
class World:
    seed: str
    number: int
    staff: User
    people: list[User] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    """What was done, as it was begun."""

    def __post_init__(self):
        self.random = random.Random(self.seed)
        self.first = f"{1000 + self.number}"
        self.people = [User.objects.create(username=f"{self.first}-{name}") for name in range(PEOPLE)]
        for person in self.people[1:]:  # the first has no way in but the accounts that sign them in
            person.set_password("correct-horse-battery")
            person.save()
            EmailAddress.objects.create(user=person, email=f"{person.username}@example.org", verified=True)

    def jobs(self):
        """What each thread does, one thing after the other, each refused or not."""
        return [partial(self.work, random.Random(f"{self.seed}:{thread}")) for thread in range(PEOPLE)]

    def work(self, dice):
        return [self.act(dice) for _ in range(ACTIONS)]

    def act(self, dice):
        names = list(WEIGHTS)
        [name] = dice.choices(names, [WEIGHTS[name] for name in names])
        who, account = dice.choice(self.people), f"{self.first}{dice.choice('12')}"
        self.told.append(f"{name} {who.username} {account}")
        try:
            getattr(self, name)(who, account, dice)
        except (ApiError, Outcome):
            return "refused"
        return name

    def connect(self, who, account, dice):
        level = dice.choice([Level.APP, Level.USER])
        connection.connect_account(who, NETWORK, Posted(access_token=f"{level}:{account}"))

    def claim(self, who, account, dice):
        retried(partial(self.submit, SocialNetwork, who, account, dice))

    def claim_page(self, who, account, dice):
        retried(partial(self.submit, SocialPage, who, self.page(dice), dice))

    def submit(self, model, who, name, dice):
        """Under its number or its name, in one of several spellings; the URL may have the one and the id the other."""
        spelt, other = (dice.choice([told, f"name.{told}", f"NAME{told}"]) for told in (name, self.another(name, dice)))
        model.objects.submit(user=who, network=NETWORK, external_id=spelt, url=f"https://facebook.com/{other}")

    def another(self, name, dice):
        """Now and then somebody writes two accounts into one claim."""
        twin = dict(zip("1278", "2187", strict=True))[name[-1]]
        return f"{name[:-1]}{twin}" if dice.random() < 0.1 else name

    def page(self, dice):
        return f"{self.first}{dice.choice('78')}"

    def prove(self, who, account, dice):
        for pk in SocialNetwork.objects.owned_by(who).filter(verified=True).values_list("pk", flat=True):
            Discovery.objects.filter(pk=pk, lease_until=None).update(due_at=timezone.now())
            discovery.discover(pk)

    def suspend(self, who, account, dice):
        if (row := self.any_of(who, dice)) is None:
            return
        if dice.random() < 0.5:
            retried(lambda: row.suspend(by=self.staff, reason="fraud"))
        else:
            rows = type(row).objects.filter(pk=row.pk)
            rows.decide("suspend", by=self.staff, reason="fraud", asked_at=timezone.now())

    def reinstate(self, who, account, dice):
        """Whoever was suspended by a decision: what is left of that afterwards nobody inherits."""
        decided = dice.choice(KINDS).objects.filter(user__in=self.people, status=Status.SUSPENDED)
        rows = list(decided.exclude(status_reason=INHERITED))
        if not rows:
            return
        row = dice.choice(rows)
        if dice.random() < 0.5:
            retried(lambda: row.reinstate(by=self.staff))
        else:
            rows = type(row).objects.filter(pk=row.pk)
            rows.decide("reinstate", by=self.staff, asked_at=timezone.now())

    def move(self, who, account, dice):
        moves.move_sign_in(who, NETWORK, Posted(access_token=f"{Level.APP}:{account}"), lambda: None)

    def disconnect(self, who, account, dice):
        if (row := self.any_of(who, dice)) is not None:
            retried(lambda: row.disconnect(by=who))

    def erase(self, who, account, dice):
        receipt = retried(lambda: erasure.close(who))
        erasure.erase(receipt.pk)

    def delete(self, who, account, dice):
        raw = f"{self.seed} {dice.random()}".encode()
        retried(lambda: requests.deletion_requested(NETWORK, account, raw, sent=timezone.now()))

    def any_of(self, who, dice):
        rows = list(dice.choice(KINDS).objects.owned_by(who).exclude(status=Status.DISCONNECTED))
        return dice.choice(rows) if rows else None

    def settle(self):
        erase_all()

    def wrongs(self):
        """What must never be, and is."""
        for model in KINDS:
            rows = list(model.objects.filter(user__in=self.people).order_by("pk"))
            yield from (f"two owners of {uid}" for uid in twice(row.provider_uid for row in rows if holds(row)))
            yield from (f"one person has it twice: {row}" for row in doubles(rows))
            yield from (f"live, and suspended elsewhere: {row}" for row in rows if is_escaped(row))
            yield from (f"suspended, and nothing is left that it follows: {row}" for row in rows if is_stranded(row))
            yield from (f"not erased: {row}" for row in rows if not row.user.is_active and not is_emptied(row))
            for row in rows:
                yield from (f"{row} was touched: {what}" for what in touched(row))
        yield from (f"{person} has no way in any more" for person in self.people if is_locked_out(person))
        loose = Credential.objects.filter(network__user__in=self.people)
        yield from (f"a credential of {one.network}" for one in loose if not holds(one.network))

    def story(self):
        """What happened to whom, for whoever has to find out why."""
        yield from self.told
        for model in KINDS:
            for row in model.objects.filter(user__in=self.people).order_by("pk"):
                yield f"{model.__name__} {row} of {row.user}: {row.status}, {row.provider_uid}, {row.identity_keys}"
                for event in row.events.select_related("pgh_context").order_by("pgh_id"):
                    said = event.pgh_context.metadata if event.pgh_context else {}
                    now = f"{event.status}, {event.verified}, {event.external_id}, {event.provider_uid}"
                    yield f"  {event.pgh_created_at:%S.%f} {said.get('action')} by {said.get('by')}: {now}"


WEIGHTS = {
    "connect": 6, "claim": 3, "claim_page": 4, "prove": 4, "suspend": 3, "reinstate": 2, "disconnect": 3,
    "erase": 1, "delete": 2, "move": 3,
}  # fmt: skip


def holds(row):
    return row.verified and row.status != Status.DISCONNECTED


def twice(names):
    names = list(names)
    return {name for name in names if names.count(name) > 1}


def doubles(rows):
    """Records of one account in one person's hands, but for those that are out of the way as they are suspended."""
    live = [row for row in rows if row.status not in (Status.DISCONNECTED, Status.SUSPENDED)]
    mine = [(row, other) for row in live for other in live if row.pk < other.pk and row.user_id == other.user_id]
    return [other for row, other in mine if set(row.identity_keys) & set(other.identity_keys)]


def is_escaped(row):
    """Whether it is live though the account is suspended: proofs count for proofs, claims for claims.

    A claim that is suspended in other hands is nothing against a proof, whoever proved the same before and follows it;
    one that is only suspended because one of its names is says nothing of its others. What staff reinstated may live
    beside what was suspended before.
    """
    if row.status not in LIVE or row.status == Status.SUSPENDED:
        return False
    others = type(row).objects.filter(SUSPENDED, network=NETWORK).exclude(pk=row.pk)
    if row.provider_uid:
        found = others.exclude(status_reason=INHERITED).filter(
            provider_uid__in=[row.provider_uid, erased_uid(NETWORK, row.provider_uid)]
        )
    else:
        keys = [*row.identity_keys, *(erased_uid(NETWORK, key) for key in row.identity_keys)]
        found = others.filter(same_account(NETWORK, keys)).exclude(status_reason=INHERITED, provider_uid=None)
    reinstated = row.events.filter(pgh_context__metadata__action="reinstate").order_by("pgh_id").last()
    return found.filter(suspended_at__gt=reinstated.pgh_created_at).exists() if reinstated else found.exists()


def is_locked_out(person):
    """Whether somebody had a sign-in and lost it, who has no other way in and did not leave."""
    person.refresh_from_db()
    has_one = person.has_usable_password() or SocialAccount.objects.filter(user=person).exists()
    moved_away = Event.objects.filter(user=person, type=f"sign_in.{SignInEvent.MOVED_AWAY}")
    return person.is_active and not has_one and moved_away.exists()


def is_stranded(row):
    """Whether it follows a suspension that is none any more. What is left of an erased one has no names to tell by."""
    if not row.inherits_suspension or row.external_id.startswith("erased:"):
        return False
    suspended = list(type(row).objects.filter(SUSPENDED, network=NETWORK))
    reasons = [other for other in suspended if not other.inherits_suspension]
    for _ in suspended:
        reasons += [one for one in suspended if one not in reasons and any(are_one(one, other) for other in reasons)]
    return row not in reasons


def are_one(row, other):
    told, known = ({one.provider_uid, *one.identity_keys} - {None} for one in (row, other))
    return bool((told | {erased_uid(NETWORK, name) for name in told}) & known)


def is_emptied(row):
    return row.is_suspended and row.external_id.startswith("erased:")


def touched(row):
    """What others did to it that is not theirs to do, by the audit trail."""
    before = None
    for event in row.events.select_related("pgh_context").order_by("pgh_id"):
        said = event.pgh_context.metadata if event.pgh_context else {}
        action, by = said.get("action", ""), said.get("user")
        of_others = by not in (None, row.user_id) and not User.objects.get(pk=by).is_staff
        if of_others and before and (moved := differing(before, event)):
            yield f"{action} by another: {moved}"
        if action == "erase" and by is None and isinstance(row, SocialNetwork) and event.status != Status.DISCONNECTED:
            yield "erased though it is live"
        before = event


def differing(before, after):
    told = ("user_id", "network", "external_id", "provider_uid", "status")
    return [name for name in told if getattr(before, name) != getattr(after, name)]
