"""What LinkedIn lets us keep."""

from connect.retention import Data, RetentionRule

STORAGE = "learn.microsoft.com/linkedin/marketing/data-storage-requirements, read 2026-09-01"
MONTH, YEAR = 30, 365

KEEPS = (
    RetentionRule(
        Data.FOLLOWERS,
        "Follower counts of pages are admin and reporting data: a year. Deleted when the member asks",
        STORAGE,
        days=YEAR,
        days_after=MONTH,
    ),
    RetentionRule(Data.HISTORY, "Admin and reporting data: a year", STORAGE, days=YEAR, days_after=MONTH),
    RetentionRule(Data.DERIVED, "As long as what it is made of", STORAGE, days=YEAR, days_after=MONTH),
    RetentionRule(
        Data.PROFILE,
        "The member's own profile, with consent: no limit while the member is connected. Deleted when the member asks",
        STORAGE,
        days_after=MONTH,
    ),
)
