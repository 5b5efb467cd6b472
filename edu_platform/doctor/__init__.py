"""`manage.py doctor` and its page: everything that can be wrong before a school finds out.

A module is a topic, its checks stand in `catalogue.py`, and `running.py` runs them so that none holds up the
others. An error: something is lost or refused now. A warning: it works, and somebody should know.
"""
