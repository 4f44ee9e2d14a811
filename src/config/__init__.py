"""What a config may say: its schema, how it is composed, checked and made into objects. Imports no torch."""
