"""Networks; recurrent ones in a package of their own."""
