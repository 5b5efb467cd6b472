"""The demo: a school in one command. `python -m deploy.demo`, or `make demo`."""
