"""Alerts: what an ending says, what each channel is to be told, and the way there."""
