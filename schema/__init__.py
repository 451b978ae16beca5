"""The public language: types, inputs and acts of the GraphQL interface, printed to schema.graphql."""
