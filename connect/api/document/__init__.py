"""The texts of the OpenAPI document: introduction, groups, calls and fields."""
