"""Due work: one mechanism for everything that is to be done at a certain time, by any worker, once.

Each row of a table of work has a moment when it is due. A planner claims due rows under a lease with a growing fencing
token and hands them out; a worker writes only while the row still has its token. If the worker dies, or the message is
lost, the row is due again when its lease ends: so the broker may lose everything at any time.
"""
