"""What insight keeps in the database, one module per noun."""
