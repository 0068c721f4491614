"""Tests of the simulated Zendesk."""
