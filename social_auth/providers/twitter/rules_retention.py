"""What X lets us keep."""

from connect.retention import Data, RetentionRule

POLICY = "docs.x.com/developer-terms/policy, Content compliance, as of 2026-08-22"
DAY, MONTH = 1, 30

KEEPS = (
    RetentionRule(
        Data.FOLLOWERS,
        "What is stored is kept up to date with X: what cannot be read there for 30 days is not. Deleted within 24 "
        "hours of its owner's request, which a disconnect is taken for",
        POLICY,
        days=MONTH,
        days_after=DAY,
    ),
    RetentionRule(
        Data.HISTORY, "No number is given; deleted within 24 hours of its owner's request", POLICY, days_after=DAY
    ),
    RetentionRule(Data.DERIVED, "No number is given; as long as what it is made of", POLICY, days_after=DAY),
    RetentionRule(
        Data.PROFILE,
        "Changed or deleted as soon as it is changed or deleted on X: read anew with each count, and as that",
        POLICY,
        days=MONTH,
        days_after=DAY,
    ),
)
