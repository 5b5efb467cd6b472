"""The pages under `/help/`, which are the texts under `docs/`."""
