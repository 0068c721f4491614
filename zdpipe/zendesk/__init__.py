"""Our words to Zendesk's HTTP and back."""
