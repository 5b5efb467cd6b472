"""Tools that run the platform on a developer's machine: never imported by the platform itself."""
