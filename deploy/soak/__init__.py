"""The soak: a small school is used for a while as everything around it fails. `python -m deploy.soak`, or `make soak`.

What people and programs were promised meanwhile stands in a journal (`journal.py`), and is compared with the
database, the disk and the cloud at the end (`checker.py`).
"""
