"""A folder for PYTHONPATH: Python processes that run with it have their clocks moved by SOAK_CLOCK_OFFSET_S seconds."""
