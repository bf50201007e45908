"""What a creator may do about a record as it stands, in the words of the API, computed with the row."""

from django.db.models import TextChoices


class NextStep(TextChoices):
    WAIT = "wait", "Staff are to decide"
    RESUBMIT = "resubmit", "Submit it again"
    APPEAL = "appeal", "Appeal against the decision, once"
    RECONNECT = "reconnect", "Connect the account again"


NEXT_STEPS_SQL = """
CASE status
WHEN 'pending' THEN ARRAY['wait']
WHEN 'rejected' THEN ARRAY['resubmit']
WHEN 'disconnected' THEN CASE disconnected_from WHEN 'suspended' THEN '{}' ELSE ARRAY['reconnect'] END
ELSE '{}'::text[] END
|| CASE WHEN status IN ('rejected', 'suspended') AND appealed_at IS NULL THEN ARRAY['appeal']
WHEN status IN ('rejected', 'suspended') AND appeal_open THEN ARRAY['wait'] ELSE '{}'::text[] END
|| CASE WHEN status IN ('pending', 'accepted') AND health IN ('expiring', 'reauth_required', 'revoked')
THEN ARRAY['reconnect'] ELSE '{}'::text[] END
"""
SHARED_REASON_SQL = "CASE WHEN reason_shared THEN status_reason ELSE '' END"
