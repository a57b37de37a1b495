"""What citizens see: raise a demand, ask what became of it, find answers."""
