"""The contract as marshmallow schemas: what is accepted, what is answered, what is called back."""
