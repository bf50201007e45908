"""What the year came to, for people, and whether every bound held."""

from collections import Counter
from statistics import median, quantiles
from typing import Any

from benchmarks.year.lives import HABITS

MOST_NOT_TOLD = 0.005
MOST_CALLS = 1.10
COLUMNS = ("called dead", "deaths", "not told", "told after", "ends", "not warned", "age", "calls/need", "needless")
SHOWN = 40


def tell(results: list[dict[str, Any]], days: int, seconds: float) -> int:
    """Print the table, what was found and the last line; return 0 if every bound held."""
    sums = {network: _sum(results, network) for network in (*HABITS, "-")}
    calls, need = _counts(results, "calls"), _counts(results, "need")
    print(f"\n| network | accounts | {' | '.join(COLUMNS)} |\n|---|---|{'---|' * len(COLUMNS)}")
    for network in HABITS:
        print(_line(network, sums[network], calls, need, results))
    _tell_calls(calls, need, results)
    cents, planned = calls["twitter:read"], need["twitter:read"]
    print(f"\nX: {cents} cents for readings, {planned:.0f} planned, {calls['twitter:connect']} for connecting")
    print("age: the cadence promises a day, two for an account that rests, while its provider is well")
    for kind in ("errors", "refused"):
        for text, count in _counts(results, kind).most_common(15):
            print(f"{kind}: {count} x {text}")
    unsavable = sum(one["unsavable"] for one in sums.values())
    print(f"lost with a worker that was killed between an answer and the first place that could keep it: {unsavable}")
    print(f"warned of ends of what we can keep: {sum(one['warned_in_vain'] for one in sums.values())}")
    for finding in [finding for result in results for finding in result["findings"]][:SHOWN]:
        print(f"found: {finding}")
    spent, done = _counts(results, "spent"), _counts(results, "done")
    for name, used in spent.most_common(12):
        print(f"{name}: {done[name]} x {1000 * used / done[name]:.1f} ms = {used:.1f} s")
    cpu = sum(result["cpu"] for result in results)
    print(f"in {seconds:.0f} s of real time, {cpu:.0f} s of CPU beside the database's")
    return _verdict(sums, calls, need, results)


def _verdict(sums: dict[str, Counter], calls: Counter, need: Counter, results: list[dict[str, Any]]) -> int:
    total: Counter = Counter()
    for one in sums.values():
        total.update(one)
    not_told = total["not_told"] / max(total["deaths"], 1)
    doubled = total["doubled"] + sum(result["again"] for result in results)
    ratio = _compared(calls) / max(_compared(need), 1)
    print(
        f"year: living_called_dead={total['living_called_dead']} dead_not_told={not_told:.2%} "
        f"ends_not_warned={total['not_warned']} events_lost={total['lost']} events_doubled={doubled} calls={ratio:.2f}",
        flush=True,
    )
    broken = ("living_called_dead", "not_warned", "lost", "warned_in_vain")
    held = not (doubled or any(total[name] for name in broken))
    return 0 if held and not_told <= MOST_NOT_TOLD and ratio <= MOST_CALLS else 1


def _sum(results: list[dict[str, Any]], network: str) -> Counter:
    total: Counter = Counter()
    for result in results:
        tally = result["tallies"].get(network, {})
        total.update({name: value for name, value in tally.items() if isinstance(value, int)})
    return total


def _counts(results: list[dict[str, Any]], what: str) -> Counter:
    total: Counter = Counter()
    for result in results:
        total.update(result[what])
    return total


def _listed(results: list[dict[str, Any]], network: str, what: str) -> list[float]:
    return [value for result in results for value in result["tallies"].get(network, {}).get(what, [])]


def _compared(counts: Counter) -> float:
    """Without what people's own connecting and disconnecting takes."""
    return sum(count for name, count in counts.items() if name.partition(":")[2] in ("read", "renew", "list", "posts"))


def _line(network: str, one: Counter, calls: Counter, need: Counter, results: list[dict[str, Any]]) -> str:
    of_network = {f"{network}:{purpose}" for purpose in ("read", "renew", "list", "posts")}
    made, needed = (sum(counts[name] for name in of_network) for counts in (calls, need))
    needless = sum(result["needless"].get(network, 0) for result in results)
    cells = [
        one["accounts"], one["living_called_dead"], one["deaths"], one["not_told"],
        _hours(_listed(results, network, "waits")), one["ends"], one["not_warned"],
        _hours(_listed(results, network, "ages")), f"{made / max(needed, 1):.2f}", needless,
    ]  # fmt: skip
    return f"| {network} | {' | '.join(map(str, cells))} |"


def _hours(values: list[float]) -> str:
    if len(values) < 2:
        return "-"
    return f"{median(values):.0f} / {quantiles(values, n=100)[98]:.0f} h"


def _tell_calls(calls: Counter, need: Counter, results: list[dict[str, Any]]) -> None:
    days = _counts(results, "days")
    print("\n| calls an account and day | made | needed |\n|---|---|---|")
    for network in HABITS:
        for purpose in ("read", "renew", "list", "posts"):
            name = f"{network}:{purpose}"
            if calls[name] or need[name]:
                print(
                    f"| {network}, {purpose} | {calls[name] / days[network]:.3f} | {need[name] / days[network]:.3f} |"
                )
