"""How does the program say it in Spanish? Words for every error code and every event, and nowhere else."""
