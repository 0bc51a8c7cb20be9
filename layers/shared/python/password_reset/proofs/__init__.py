"""What proves that somebody may choose a new password: a mailed token, or a typed code.

Promises kept here: proofs are random, short-lived, stored only as hashes, bound to one state of one account and
good once; every guess is counted before it is compared.
"""
