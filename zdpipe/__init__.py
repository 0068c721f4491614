"""zdpipe keeps the users of a Zendesk account in step with a SQL query."""

__version__ = "0.1.0"
