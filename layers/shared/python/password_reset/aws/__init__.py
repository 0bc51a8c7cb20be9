"""AWS as the rooms use it: clients, items, transactions, secrets.

Promises kept here: waits are bounded, secrets are read by name and kept in memory for minutes, and an outcome that
is unknown is never taken for a failure.
"""
