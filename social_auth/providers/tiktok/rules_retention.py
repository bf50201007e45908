"""What TikTok lets us keep: its terms name a purpose and no number of days."""

from connect.retention import Data, RetentionRule

TERMS = "TikTok Developer Terms of Service II.1 and III.3.h, last modified 2025-12-26"
NO_NUMBER = "Used for our app alone, for what the person allowed; no number is given"
MONTH, QUARTER = 30, 90

KEEPS = (
    RetentionRule(Data.FOLLOWERS, f"{NO_NUMBER}: ours is 90 days unread", TERMS, days=QUARTER, days_after=MONTH),
    RetentionRule(Data.HISTORY, f"{NO_NUMBER}: ours is the life of the connection", TERMS, days_after=MONTH),
    RetentionRule(Data.DERIVED, f"{NO_NUMBER}: ours is the life of the connection", TERMS, days_after=MONTH),
    RetentionRule(Data.PROFILE, f"{NO_NUMBER}: as for the count", TERMS, days=QUARTER, days_after=MONTH),
)
