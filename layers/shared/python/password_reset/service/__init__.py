"""The use cases, a module each: what a function serves is all of it that the function imports.

Somebody forgets a password: `request_reset` counts the request and queues it, for known and unknown addresses
alike. `deliver_reset` looks the account up, away from whoever waits for an answer, and has `sender` send a link or
a code. `verify_token` tells a page whether to show its form; `verify_code` exchanges a typed code for a token.
`reset_password` uses the token up and writes the password, in one transaction. `notify_change` tells the account's
address. If that was somebody else's doing, `report_change` freezes the account, and `notify_dispute` tells of it.
`record_feedback` notes what became of each mail. `sign_in` opens a session, which the next reset ends.

Promises kept here: a caller learns from no answer whether there is an account; what changes together is written
together; every attempt leaves one record.
"""
