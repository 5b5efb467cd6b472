"""The first hour: what an empty installation needs until a class is held, step by step, each ticked by facts alone.

`state.py` says whether anybody is led there, `facts.py` what there is, `steps.py` what that means.
"""
