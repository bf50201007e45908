"""What the OpenAPI document says to people: its introduction, its groups, its calls and its fields in words."""
