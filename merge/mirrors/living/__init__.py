"""A mirror that lives: a database that learns what is new, and is asked what it knows."""
