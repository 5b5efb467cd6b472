"""Backup and restore of a whole school: its database, and the files that its rows name.

`creating` and `restoring` are what the two commands call; docs/backup.md says what is in a backup.
"""
