"""Things not in order in the timetable and in what stands below it, for those who look after the school."""
