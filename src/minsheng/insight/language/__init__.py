"""An optional language model that drafts for people; off unless the city names an endpoint."""
