"""The domain of the password reset, one module a concept. Read `service` first."""

import gc

# What a function makes when it starts, some 150,000 objects, stays: by default Python looks through them again and
# again meanwhile, a tenth of a cold start.
gc.set_threshold(200_000)
