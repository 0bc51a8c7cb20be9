"""Python's garbage collector, put off in a Lambda function of ours, and in no other process that imports us.

What a function makes when it starts, some 150,000 objects, stays. By default Python looks through them again and
again meanwhile, a tenth of a cold start.
"""

import gc
import os

THRESHOLD = 200_000
"""Objects that are new before they are looked through; reference counts free nearly all of them at once, as ever."""

if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    gc.set_threshold(THRESHOLD)
