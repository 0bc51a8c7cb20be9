"""The domain of the password reset, one module a concept. Read `service` first."""

import gc

gc.set_threshold(200_000)
