"""Pages on which one administrator asks for the erasing of a person and another confirms it, and the timetable's part in it."""
