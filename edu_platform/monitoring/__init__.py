"""Figures for Prometheus: `/metrics`. What each means stands in `docs/monitoring.md`."""
