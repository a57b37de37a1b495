"""The REST door for machines, `/api/v1/`: one module per room, one error shape, tokens only."""
