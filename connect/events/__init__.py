"""Every change in a record's life as one event, written by trigger in the transaction that changes it."""
