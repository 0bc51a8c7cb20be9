"""Python's garbage collector, put off in every function, and in nobody's process who imports a module of ours.

What a function makes when it starts, some 150,000 objects, stays. By default Python looks through them again and
again meanwhile, a tenth of a cold start.
"""

import gc

THRESHOLD = 200_000
"""Objects that are new before they are looked through; reference counts free nearly all of them at once, as ever."""

gc.set_threshold(THRESHOLD)
