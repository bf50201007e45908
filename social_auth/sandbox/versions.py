"""Versions of a provider's API that a test, or somebody on the control page, took out of service."""

_retired: set[tuple[str, str]] = set()


def retire(network: str, version: str) -> None:
    _retired.add((str(network), version))


def is_retired(network: str, version: str) -> bool:
    return (str(network), version) in _retired


def restore_versions() -> None:
    _retired.clear()
