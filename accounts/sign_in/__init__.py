"""What signing in stands on: limits and locks, passwords, sessions, the second factor."""
