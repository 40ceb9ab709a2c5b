"""Reference figures: small tables with source and year on every row, and how to ask them."""
