"""Give people all that the platform keeps of them: a page, a file, and a command."""
