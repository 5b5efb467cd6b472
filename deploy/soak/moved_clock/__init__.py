"""A folder for PYTHONPATH: what runs with it has its clock moved by SOAK_CLOCK_OFFSET_S seconds."""
