"""督办: warnings and the ladder by unit; lists, things and forms of every process."""
