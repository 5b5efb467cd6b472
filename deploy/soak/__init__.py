"""The soak: a small school in use while everything around it fails. `python -m deploy.soak`, or `make soak`.

What people and programs were answered is kept in a journal (`journal.py`), and compared at the end with the
database, the disk and the cloud (`checker/`).
"""
