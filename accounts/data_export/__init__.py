"""What the platform keeps of a person, for that person: a page, a file, and a command."""
