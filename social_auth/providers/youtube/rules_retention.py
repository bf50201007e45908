"""What YouTube lets us keep. We read statistics by our own key, so they are "Non-Authorized Data"."""

from connect.retention import Data, RetentionRule

POLICIES = "developers.google.com/youtube/terms/developer-policies III.E.4, as of 2026-09-14"
AMENDMENT = "developers.google.com/youtube/terms/derived-metrics-policy, as of 2026-09-14"
WEEK, MONTH, THREE_YEARS = 7, 30, 3 * 365

KEEPS = (
    RetentionRule(
        Data.FOLLOWERS,
        "Statistics that were read without the owner's authorization are deleted or read anew within 30 days, and "
        "deleted within 7 days of a request (III.E.4.d, g)",
        POLICIES,
        days=MONTH,
        days_after=WEEK,
    ),
    RetentionRule(
        Data.HISTORY,
        'Such statistics "must not be stored for more than 30 days"; an audited app that accepted the amendment may '
        "keep them for 36 months (III.E.4.d)",
        POLICIES,
        days=MONTH,
        days_after=WEEK,
        if_agreed=RetentionRule(
            Data.HISTORY,
            "Statistics may be kept for 36 months by the accepted amendment",
            AMENDMENT,
            days=THREE_YEARS,
            days_after=WEEK,
        ),
    ),
    RetentionRule(
        Data.DERIVED,
        "No new or derived metrics from their data without the accepted amendment (III.E.4.h)",
        POLICIES,
        days=0,
        days_after=0,
        if_agreed=RetentionRule(
            Data.DERIVED,
            "Derived metrics, told apart from theirs, by the accepted amendment",
            AMENDMENT,
            days=THREE_YEARS,
            days_after=WEEK,
        ),
    ),
    RetentionRule(
        Data.PROFILE,
        "Titles and other words are deleted or read anew within 30 days, amendment or not. The description is not "
        "taken at all, as no reading would renew it",
        POLICIES,
        days=MONTH,
        days_after=WEEK,
    ),
)
