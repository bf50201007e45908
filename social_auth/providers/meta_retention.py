"""What Meta lets us keep of Facebook and Instagram. Its terms name a purpose and no number of days."""

from connect.retention import Data, RetentionRule

TERMS = "developers.facebook.com/terms/dfc_platform_terms 3.d, updated 2026-02-03"
NO_NUMBER = "Kept while it is needed for what its owner allowed, and deleted as soon as it is not; no number is given"
MONTH, QUARTER = 30, 90

KEEPS = (
    RetentionRule(
        Data.FOLLOWERS,
        f"{NO_NUMBER}: ours is the 90 days for which Meta lets data be read after somebody last used the app",
        TERMS,
        days=QUARTER,
        days_after=MONTH,
    ),
    RetentionRule(Data.HISTORY, f"{NO_NUMBER}: ours is the life of the connection", TERMS, days_after=MONTH),
    RetentionRule(Data.DERIVED, f"{NO_NUMBER}: ours is the life of the connection", TERMS, days_after=MONTH),
    RetentionRule(Data.PROFILE, f"{NO_NUMBER}: as for the count", TERMS, days=QUARTER, days_after=MONTH),
)
