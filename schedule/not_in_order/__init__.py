"""What of the timetable and of what stands below it is not in order, for those who look after the school."""
