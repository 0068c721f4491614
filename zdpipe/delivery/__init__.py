"""The outbox to Zendesk, and its answers back to the people they concern."""
