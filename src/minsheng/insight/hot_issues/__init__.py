"""What rose beyond expectation, what grows, what comes back: found by rules that a city sets."""
