"""What Pinterest lets us keep: nothing, but what an agreement with it allows."""

from connect.retention import Data, RetentionRule

GUIDELINES = "policy.pinterest.com/en/developer-guidelines, The basics, read 2026-08-31"
AGREED = "A written agreement lets us keep it while the account is connected"
NOTHING = "Nothing that the API tells may be stored but analytics of one's own campaigns"
DAY, WEEK, MONTH = 1, 7, 30

KEEPS = (
    RetentionRule(
        Data.FOLLOWERS,
        f"{NOTHING}; it is to be asked for each time. We show the last answer until the next one, of the day after",
        GUIDELINES,
        days=WEEK,
        days_after=DAY,
        if_agreed=RetentionRule(Data.FOLLOWERS, AGREED, GUIDELINES, days_after=MONTH),
    ),
    RetentionRule(
        Data.HISTORY,
        NOTHING,
        GUIDELINES,
        days=0,
        days_after=0,
        if_agreed=RetentionRule(Data.HISTORY, AGREED, GUIDELINES, days_after=MONTH),
    ),
    RetentionRule(
        Data.DERIVED,
        f"{NOTHING}, and growth is made of stored numbers",
        GUIDELINES,
        days=0,
        days_after=0,
        if_agreed=RetentionRule(Data.DERIVED, AGREED, GUIDELINES, days_after=MONTH),
    ),
    RetentionRule(
        Data.PROFILE,
        f"{NOTHING}: as for the count. The words about oneself are not taken at all",
        GUIDELINES,
        days=WEEK,
        days_after=DAY,
        if_agreed=RetentionRule(Data.PROFILE, AGREED, GUIDELINES, days_after=MONTH),
    ),
)
