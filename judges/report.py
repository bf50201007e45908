"""What a sitting prints, what it leaves for docs/providers.md, and how it ends."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from judges.decisions import DECISIONS, Decision
from judges.panel import SHAPES
from judges.session import Verdict

KEPT = Path(__file__).parent / "verdicts.md"
INTRODUCTION = """
## Judged by real SDKs

`make judges` lets SDKs of the registries, pinned in `requirements/judges.txt` and `judges/node/`, do the jobs of our
adapters. Both sides have credentials of their own of one account of the sandbox. What they read is compared value by
value; what they send by method, host, path, version, kind of body, way of authentication, and the names in query and
form. The SDKs are as they were published: the providers' names lead them to the sandbox, whose certificate they trust.

A difference that nobody decided fails `make judges`, and so does a decision that nothing needs any more.

"""
SPECIFICATIONS = """
The sandbox's answers are held against what providers publish of their shapes, as packages ship it: Google's discovery
documents, the models that X's and Pinterest's own SDKs were given by their OpenAPI, and the fields that Meta's own SDK
knows. Those two OpenAPI documents themselves are in no package; the one that has X's is of 2023. LinkedIn and TikTok
publish none.

"""
SHIPPED = {
    "facebook": "facebook-business",
    "instagram": "facebook-business",
    "pinterest": "pinterest-generated-client",
    "twitter": "xdk",
    "youtube": "google-api-python-client",
}
DECIDED = """
Every difference, and what decided it:

"""


def closing(verdicts: Iterable[Verdict]) -> int:
    """Print each verdict as it comes; return 1 for a disagreement that nobody decided, or a decision about nothing."""
    heard = []
    print("| judge | network | job | verdict |\n|---|---|---|---|")
    for verdict in verdicts:
        print(f"| {verdict.judge} | {verdict.network} | {verdict.job} | {said(verdict)} |", flush=True)
        heard.append(verdict)
    undecided = [one for verdict in heard for one, decision in verdict.differences if decision is None]
    needless = [decision for decision in DECISIONS if not any(decision in verdict.decisions for verdict in heard)]
    for decision in needless:
        print(f"Decided about nothing: {decision.judge}, {decision.network}, {decision.job}: {decision.difference}")
    parts = [INTRODUCTION, agreements(heard), SPECIFICATIONS, shapes(heard), DECIDED, disagreements(heard)]
    KEPT.write_text("".join(parts))
    agreeing = sum(not verdict.differences for verdict in heard)
    print(f"\n{len(heard)} jobs, {agreeing} without a difference, {len(undecided)} undecided, {len(needless)} needless")
    return int(bool(undecided or needless))


def said(verdict: Verdict) -> str:
    raised = f" ({verdict.raised})" if verdict.raised else ""
    if not verdict.differences:
        return f"agrees{raised}"
    told = (f"{one}: {decision.because if decision else 'UNDECIDED'}" for one, decision in verdict.differences)
    return f"differs{raised}: {'; '.join(told)}"


def agreements(heard: list[Verdict]) -> str:
    """Who agrees on what: a row for each judge and network."""
    rows = ["| judge | network | reads the same in | sends the same in |\n|---|---|---|---|\n"]
    of_sdks = [verdict for verdict in heard if verdict.judge != SHAPES.name]
    for (versions, network), its in groupby(of_sdks, lambda verdict: (verdict.versions, verdict.network)):
        whole = list(its)
        read = jobs(verdict for verdict in whole if verdict.reads_the_same)
        sent = jobs(verdict for verdict in whole if verdict.sends_the_same)
        rows.append(f"| {versions} | {network} | {read} | {sent} |\n")
    return "".join(rows)


def shapes(heard: list[Verdict]) -> str:
    """Which of the sandbox's answers have the published shape: a row for each of them."""
    rows = ["| network | shape | as | differs in |\n|---|---|---|---|\n"]
    for verdict in (one for one in heard if one.judge == SHAPES.name):
        package = SHIPPED[verdict.network]
        version = next(one for one in verdict.versions.split(", ") if one.startswith(package))
        differing = "; ".join(one for one, _ in verdict.differences) or "-"
        rows.append(f"| {verdict.network} | {verdict.job} | {version} ships it | {differing} |\n")
    return "".join(rows)


def disagreements(heard: list[Verdict]) -> str:
    """What they differ in, and what decided it: a row for each decision."""
    rows = ["| judge | network | job | difference | why it may | decided by |\n|---|---|---|---|---|---|\n"]
    return "".join([*rows, *(row(decision, heard) for decision in DECISIONS)])


def row(decision: Decision, heard: list[Verdict]) -> str:
    its = [verdict for verdict in heard if decision in verdict.decisions]
    judges, networks = ({verdict.judge: 0 for verdict in its}, {verdict.network: 0 for verdict in its})
    difference = decision.difference.replace("*", "…").replace("?", "…")
    cells = (", ".join(judges), ", ".join(networks), jobs(its), difference, decision.because, decision.document)
    return f"| {' | '.join(cells)} |\n"


def jobs(verdicts: Iterable[Verdict]) -> str:
    return ", ".join(dict.fromkeys(verdict.job for verdict in verdicts)) or "-"
