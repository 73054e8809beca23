"""Reading emotions live: the newest frame wins, and any number may watch and record."""
