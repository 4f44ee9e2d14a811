"""Networks; the recurrent ones are in `recurrent`."""
