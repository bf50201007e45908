"""Versions of a provider's API that a test, or whoever tries it, takes out of service before their time."""

_retired: set[tuple[str, str]] = set()


def retire(network: str, version: str) -> None:
    _retired.add((str(network), version))


def is_retired(network: str, version: str) -> bool:
    return (str(network), version) in _retired


def restore_versions() -> None:
    _retired.clear()
