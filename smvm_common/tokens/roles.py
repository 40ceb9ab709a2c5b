"""Who may do what: scopes are what the API asks for, roles are the sets in which they are given."""

from collections.abc import Mapping

SCOPES = (
    "validation:read",
    "validation:write",
    "dead-letters:read",
    "dead-letters:write",
    "privacy:read",
    "privacy:write",
    "sandbox",
)

ROLES: Mapping[str, tuple[str, ...]] = {
    # TractionBuild itself: submits ideas and follows them
    "service-account": ("validation:read", "validation:write"),
    # runs SMVM: looks at runs, mends deliveries
    "operator": ("validation:read", "dead-letters:read", "dead-letters:write"),
    # reads what happened, and to whom it was told, and changes nothing
    "auditor": ("validation:read", "dead-letters:read"),
    # answers data subjects: exports, corrects, erases, restricts
    "privacy-officer": ("validation:read", "privacy:read", "privacy:write"),
    # a founder who reads the results
    "viewer": ("validation:read",),
}
