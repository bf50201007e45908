"""The version: `pyproject.toml` says it, and nothing else does."""

import tomllib

from config.environment import BASE_DIR

VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
