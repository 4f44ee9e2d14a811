"""Reading the user's files: tables, arrays, text and pictures."""
