"""A Zendesk of our own, built from public documentation: it knows the Users API and nothing of zdpipe.

`zendesk.Zendesk.handle` turns a request into a response; `transport` wears it as an httpx transport, `server`
as an HTTP server on a loopback port. The account lives in SQLite, and jobs progress by stored times, not by
threads.
"""
