from django.db import migrations

DISCOVERIES = """
UPDATE social_auth_discovery AS work SET provider = network.network
FROM networks_socialnetwork AS network WHERE network.id = work.network_id
"""
ENGAGEMENT = """
INSERT INTO social_auth_engagement (network_id, provider, due_at, lease_token, failures)
SELECT id, network, now() + random() * interval '7 days', 0, 0 FROM networks_socialnetwork
WHERE verified AND network IN ('instagram', 'tiktok', 'youtube')
"""
REVOCATIONS = "UPDATE social_auth_revocation SET due_at = now() WHERE finished_at IS NULL"
RENEWALS = """
UPDATE social_auth_credential SET due_at = CASE
    WHEN provider IN ('youtube', 'twitter') THEN obtained_at + interval '7 days'
    WHEN provider IN ('facebook', 'instagram') THEN COALESCE(expires_at - interval '14 days', obtained_at + interval '1 day')
    WHEN provider = 'tiktok' THEN expires_at - interval '12 hours'
    ELSE expires_at - interval '7 days' END
WHERE refresh_cipher <> '' OR provider IN ('facebook', 'instagram')
"""
ENDS = """
UPDATE networks_socialnetwork AS network SET expires_at = credential.expires_at, expires_what = 'access_token'
FROM social_auth_credential AS credential
WHERE credential.network_id = network.id AND credential.refresh_cipher = ''
  AND network.network IN ('tiktok', 'linkedin', 'pinterest')
"""
EVERYTHING = [DISCOVERIES, ENGAGEMENT, REVOCATIONS, RENEWALS, ENDS]


class Migration(migrations.Migration):
    """What is due from now on, told from what was known before."""

    dependencies = [("social_auth", "0010_due_work")]

    operations = [migrations.RunSQL(EVERYTHING, migrations.RunSQL.noop)]
