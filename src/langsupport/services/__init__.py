"""What lasts: settings, database, files, jobs, documents, recordings. Wired in assembly.py and nowhere else."""
