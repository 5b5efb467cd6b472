"""Users of the school during a soak, each in a thread of its own."""
