"""Calls to one provider, with its keys and its circuit breaker. The provider's rules judge each error."""

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import Any, ClassVar

from django.conf import settings
from django.utils import timezone

from social_auth.budgets import fault_alarm, spending
from social_auth.providers import versions
from social_auth.providers.records import Tokens
from social_auth.providers.rules import LAST_RULES, About, Facts, Rule
from social_auth.wire import http
from social_auth.wire.breaker import Breaker
from social_auth.wire.limits import MAX_WAIT, requested_wait
from social_auth.wire.outcomes import Fault, OurFault, Outcome, OutOfCredit, RateLimited, Unavailable

_token = threading.local()


@contextmanager
def proving_a_bare_token(tokens: Tokens) -> Iterator[None]:
    """While a bare token is proven: it may be another app's, so limits in the answers are not counted as ours."""
    _token.is_unproven = not tokens.spent
    try:
        yield
    finally:
        _token.is_unproven = False


class ProviderCalls:
    network: ClassVar[str]
    provider_id: ClassVar[str]
    """allauth's id, and in capitals the prefix of its keys in the environment."""
    rules: ClassVar[tuple[Rule, ...]] = ()

    @cached_property
    def breaker(self) -> Breaker:
        return Breaker()

    def call(self, method: str, url: str, *, about: About = About.TOKEN, **arguments: Any) -> Any:
        """Make a call and return the body of its answer; raises the Outcome that the rules give an error."""
        self.breaker.check()
        account = hash(repr(arguments))
        try:
            answer = http.call(method, url, **arguments)
        except Unavailable as silence:
            if silence.retry_after is None:  # else no connection was free here, and the provider was not called
                self.breaker.record(failed=silence.counts, account=account, silent=True)
            if silence.fault == Fault.OURS:
                fault_alarm.report(self.network, silence.detail)
            raise
        unproven = getattr(_token, "is_unproven", False)
        if not unproven:
            spending.learn(self.network, answer.headers, timezone.now(), ours=about == About.CLIENT)
        versions.report_difference(self.network, url, answer.headers)
        facts = self.facts(answer)
        outcome = self.judge(replace(facts, about=about), answer) if facts is not None else None
        if outcome is None or not (unproven and isinstance(outcome, RateLimited | OutOfCredit)):
            self.breaker.record(failed=outcome is not None and _counts(outcome, answer), account=account)
        if outcome is not None:
            outcome.maybe_done = _is_a_gateways(answer)
            raise outcome
        return answer.body

    def call_with_our_keys(self, method: str, url: str, **arguments: Any) -> Any:
        """Make a call that carries only our keys: a refusal of it is our fault and no creator's."""
        try:
            return self.call(method, url, about=About.CLIENT, **arguments)
        except Unavailable:
            raise
        except Outcome as outcome:
            raise self.our_fault(f"our own keys: {outcome.detail}") from None

    def facts(self, answer: http.Answer) -> Facts | None:
        """Read the error out of an answer; None if the answer is a success."""
        raise NotImplementedError

    def judge(self, facts: Facts, answer: http.Answer | None = None) -> Outcome:
        """Return the Outcome of an error, and alert ops if the fault is ours."""
        outcome = self.classify(facts, answer)
        if outcome.fault == Fault.OURS:
            fault_alarm.report(self.network, outcome.detail)
        return outcome

    def our_fault(self, detail: str) -> OurFault:
        """Alert ops, and return the Outcome for a fault of ours."""
        fault_alarm.report(self.network, detail)
        return OurFault(detail)

    def classify(self, facts: Facts, answer: http.Answer | None = None) -> Outcome:
        rule = next(rule for rule in (*self.rules, *LAST_RULES) if rule.fits(facts) and rule.allowed_for(facts))
        outcome = rule.outcome(
            f"{self.network}: {rule.meaning}", retry_after=self.wait(rule.outcome, answer) if answer else None
        )
        outcome.field = rule.field
        return outcome

    def wait(self, outcome: type[Outcome], answer: http.Answer) -> int | None:
        """After how many seconds a provider that limits us, or fails, may be called again; None if it does not say."""
        if not issubclass(outcome, Unavailable) or outcome.fault == Fault.OURS:
            return None
        now, spent = timezone.now(), issubclass(outcome, OutOfCredit)
        wait = requested_wait(answer.headers, now, limited=issubclass(outcome, RateLimited) and not spent)
        return math.ceil((self.quota_returns(now) - now).total_seconds()) if wait is None and spent else wait

    def quota_returns(self, now: datetime) -> datetime:
        """When a used-up quota or credit may be available again."""
        return now + timedelta(seconds=MAX_WAIT)

    @property
    def client_ids(self) -> list[str]:
        return settings.PROVIDER_CLIENT_IDS[self.provider_id.upper()]

    @property
    def client_id(self) -> str:
        return next(iter(self.client_ids), "")

    @property
    def client_secret(self) -> str:
        return settings.PROVIDER_CLIENT_SECRETS[self.provider_id.upper()]

    @property
    def configured(self) -> bool:
        """Whether we have keys of the provider; a network without them is closed."""
        return bool(self.client_id and self.client_secret)


def _is_a_gateways(answer: http.Answer) -> bool:
    """Whether a gateway answered for a server behind it that failed, and that may have carried out the call."""
    return answer.status >= 500 and answer.status != HTTPStatus.SERVICE_UNAVAILABLE and answer.body is None


def _counts(outcome: Outcome, answer: http.Answer) -> bool:
    """Whether the breaker counts the error: not if it concerns what was posted, as a refusal with a 4xx always does."""
    provider_fails = answer.status == 429 or answer.status >= 500 or isinstance(outcome, RateLimited | OutOfCredit)
    return outcome.counts and provider_fails
