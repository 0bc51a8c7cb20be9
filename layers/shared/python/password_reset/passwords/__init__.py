"""What a new password must be, and how it is kept.

Promises kept here: the policy refuses with a reason, nothing is truncated, and what is stored is a salted, costly
hash that takes the same time to compare whether or not there is an account. What the team's own library
wrote is compared as that library compares, and what is written it accepts.
"""
