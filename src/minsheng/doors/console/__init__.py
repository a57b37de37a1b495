"""Staff pages: one module per workplace, one frame (`entry`) around every view."""
