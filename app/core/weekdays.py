from app.core.described import Described


class Weekday(Described):
    MONDAY = "0", "Monday."
    TUESDAY = "1", "Tuesday."
    WEDNESDAY = "2", "Wednesday."
    THURSDAY = "3", "Thursday."
    FRIDAY = "4", "Friday."
    SATURDAY = "5", "Saturday."
    SUNDAY = "6", "Sunday."
