"""Real servers for the demo and the tests, out of wheels: nothing but Python is needed."""
