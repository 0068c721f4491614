"""Rows of a query's result → records that Zendesk accepts, with every rejection and warning as data."""
