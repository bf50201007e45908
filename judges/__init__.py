"""Real SDKs do our adapters' jobs against the sandbox: do both read and send the same? Development only.

The SDKs live in an environment of their own, `.venv-judges`; each is a process that is handed its jobs (`panel.py`).
"""
