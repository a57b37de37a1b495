"""Demands that speak of one event, gathered, however differently they were told."""
