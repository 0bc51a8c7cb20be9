"""Where the outside enters: HTTP requests, queue batches and the authorizer's questions.

Promises kept here: whatever comes in, the answer is a documented one with its security headers; the source is the
gateway's word alone; one record of the attempt is written.
"""
