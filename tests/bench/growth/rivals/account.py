"""What every client knows of the account it sends to."""

EMAIL = "admin@example.com/token"
TOKEN = "simulator"
BULK = "/api/v2/users/create_or_update_many.json"
# Zendesk takes no more in one request.
USERS = 100
# Rows that those who read in pages read at once.
PAGE = 10_000
