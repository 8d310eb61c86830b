"""Files on disk: atomic writing, locks, temporary files, safe names, regular files only."""
