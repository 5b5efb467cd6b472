"""Give a person what the platform keeps of them: a page, a file, and a command."""
