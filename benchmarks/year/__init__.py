"""`make year`: creators, their accounts and seven providers live for a year on a virtual clock, on the real code.

What a file is about: `lives` how credentials live at each provider, `truth` what is really so, `incidents` what goes
wrong, `providers` the sandbox in this process, `service` beat, broker and workers in this process, `creators` who
connects and looks, `hearing` who is told by webhook, `judge` what it comes to, `need` how many calls that takes.
"""
