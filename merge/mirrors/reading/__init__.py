"""From what the user names to documents: every form in which a mirror comes."""
