"""How often is too often.

Promises kept here: counts are exact under concurrency, keyed by pseudonyms, the same for addresses without an
account, and no refusal is counted.
"""
