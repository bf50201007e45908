"""Events: a database trigger writes one for each change in a record's life, in the transaction of the change."""
