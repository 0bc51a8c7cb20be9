"""Who is signed in.

Promises kept here: a session dies with the password that it was opened with, and on sign-out.
"""
