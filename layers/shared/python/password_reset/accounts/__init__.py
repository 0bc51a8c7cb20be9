"""Whose password it is: the team's own accounts, read as they are and written only where the password is.

Promises kept here: one canonical form of an address, mail to the stored address alone, and no password
written over a state other than the one that was read. `directory.py` is the port, the only thing of it that other
rooms know; `dynamodb.py` is a users table, `function.py` a function of the team's own, `cognito.py` a user pool, for
which `rows.py` keeps attempts apart.
"""
