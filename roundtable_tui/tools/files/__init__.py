"""Files of folders that the user names: listed, searched and read, never written."""
