"""The pictures of the help pages, made of the demo. `python -m deploy.pictures`, or `make pictures`."""
