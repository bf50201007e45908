"""Signals to the rooms above: they may listen, and this room does not import them."""

from django.dispatch import Signal

resource_claimed = Signal()
"""Sent inside the transaction that records a claim, once it is settled. Argument: resource."""

resource_disconnected = Signal()
"""Sent inside the transaction that disconnects. Arguments: resource, by (a user, or None for the provider)."""

network_connected = Signal()
"""Sent inside the transaction that connects an account, at its end. Argument: resource."""

network_displaced = Signal()
"""Sent inside the transaction that proves an account for somebody else. Argument: resource, which lost its proof."""

bulk_decision_made = Signal()
"""Sent when a decision on many is to be gone on with at once. Argument: pk, of the BulkDecision."""
