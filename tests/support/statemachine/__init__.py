"""A school, its cloud and its workers in one thread, for tests that try every order of things."""
