"""Parameters declared as data, and the forms built from them."""
