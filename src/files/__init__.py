"""Files of users: tables, arrays, text, pictures, and where they lie."""
