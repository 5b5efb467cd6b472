"""The base of signing in: limits and locks, passwords, sessions, the second factor."""
