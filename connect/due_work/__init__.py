"""Due work: one mechanism for all that is to be done at a time, by whoever is there, once.

A table of work has a moment when each row is due. A planner claims due rows under a lease with a growing fencing token
and hands them out; a worker writes only while its token holds. What a dead worker or a lost message left undone is due
again when its lease ends, so that the broker may lose everything at any time.
"""
