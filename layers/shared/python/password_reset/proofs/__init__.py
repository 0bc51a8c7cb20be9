"""What proves that somebody may: a mailed token, a typed code, a solved challenge, a second factor.

Promises kept here: proofs are random, short-lived, stored only as hashes, bound to one state of one account and
good once; every guess is counted before it is compared.
"""
