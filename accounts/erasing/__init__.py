"""Erase a person: asked for by one administrator, confirmed by another, done in steps, and looked through at the end.

What becomes of each column stands in the registry of personal data; what an app must do itself hangs on
`accounts.hooks.erasing_steps`.
"""
