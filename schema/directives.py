"""What the schema says about its own fields: scope needed, cost, class of personal data.

Promise: nobody has to read code to learn what a field needs: the directives are printed in schema.graphql.
Rules: several `@requires` mean all of these scopes, `a|b` in one of them either; a type's directives count for every
field that returns it. An argument's weight is added to its field's where the argument is given.
Elsewhere: the scopes themselves are listed in `auth.scopes`; `reading` unites them per plan and counts the cost.
"""

import enum

import strawberry
from strawberry.schema_directive import Location


@strawberry.enum
class PersonalDataClass(enum.Enum):
    GENERAL = "GENERAL"
    SPECIFIC = "SPECIFIC"
    IDENTITY = "IDENTITY"


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION, Location.OBJECT], repeatable=True)
class Requires:
    scope: str


@strawberry.schema_directive(locations=[Location.ARGUMENT_DEFINITION, Location.FIELD_DEFINITION])
class Cost:
    weight: int


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION, Location.INPUT_FIELD_DEFINITION])
class PersonalData:
    kind: PersonalDataClass = strawberry.directive_field(name="class")
