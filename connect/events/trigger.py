"""The trigger that writes events: no code can forget to write one, or write one of a change that is rolled back."""

from typing import Any

import pgtrigger

PASSED = """(NEW.followers >= 1000 AND OLD.followers IS NOT NULL AND OLD.followers_source IN ('exact', 'rounded')
AND NEW.followers_source IN ('exact', 'rounded') AND length(NEW.followers::text) > length(OLD.followers::text))"""

CHANGED = f"""OLD.status <> NEW.status OR OLD.verified <> NEW.verified OR OLD.health <> NEW.health
OR OLD.external_id <> NEW.external_id OR {PASSED}"""

WRITE = """
said := COALESCE(NULLIF(current_setting('pghistory.context_metadata', true), ''), '{{}}')::jsonb;
undone := COALESCE(said ->> 'action', '') = 'undo';
who := CASE WHEN undone THEN 'undo' WHEN said ->> 'user' = NEW.user_id::text THEN 'owner'
       WHEN NEW.health = 'revoked' THEN 'provider'
       WHEN COALESCE(said ->> 'by', 'system') = 'system' THEN 'system' ELSE 'staff' END;
told := jsonb_build_object('user_id', NEW.user_id, '{noun}_id', NEW.id, 'network', NEW.network,
    'external_id', NEW.external_id, 'status', NEW.status, 'health', NEW.health, 'verified', NEW.verified);
why := CASE WHEN NEW.reason_shared THEN jsonb_build_object('reason', NEW.status_reason) ELSE '{{}}' END;
INSERT INTO connect_event (uid, user_id, type, kind, object_id, data, created_at, once, actor)
SELECT gen_random_uuid(), NEW.user_id, '{noun}.' || what.type, '{noun}', NEW.id, told || what.more, now(),
       what.once, who
FROM (VALUES
    ('connected', '{noun}' = 'network' AND NEW.verified AND NOT OLD.verified, '{{}}'::jsonb, ''),
    ('verified', NEW.verified AND NOT OLD.verified AND ('{noun}' <> 'network' OR OLD.provider_uid IS NULL), '{{}}', ''),
    ('unverified', OLD.verified AND NOT NEW.verified AND NEW.status <> 'disconnected', '{{}}', ''),
    ('reauth_required', NEW.health = 'reauth_required' AND OLD.health <> NEW.health, '{{}}', ''),
    ('recovered', OLD.verified AND NEW.verified AND NEW.health = 'healthy'
                  AND OLD.health IN ('expiring', 'reauth_required', 'revoked'), '{{}}', ''),
    ('renamed', OLD.verified AND NEW.verified AND OLD.external_id <> NEW.external_id,
                jsonb_build_object('was', OLD.external_id, 'found', NEW.external_id), ''),
    ('in_review', NEW.status = 'pending'
                  AND (OLD.status IN ('accepted', 'suspended') OR undone AND OLD.status <> 'pending'), '{{}}', ''),
    ('accepted', NEW.status = 'accepted' AND OLD.status IN ('pending', 'rejected'), '{{}}', ''),
    ('rejected', NEW.status = 'rejected' AND OLD.status IN ('pending', 'accepted'), why, ''),
    ('suspended', NEW.status = 'suspended' AND OLD.status IN ('pending', 'accepted'), why, ''),
    ('reinstated', NEW.status = 'accepted' AND OLD.status = 'suspended', '{{}}', ''),
    ('disconnected', NEW.status = 'disconnected' AND OLD.status <> NEW.status, jsonb_build_object('by', who), ''),
    ('milestone', {passed},
     jsonb_build_object('followers', NEW.followers, 'milestone', (10 ^ (length(NEW.followers::text) - 1))::bigint),
     'followers:' || length(NEW.followers::text))
) AS what (type, holds, more, once)
WHERE what.holds
ON CONFLICT DO NOTHING;
RETURN NULL;
"""


def eventful(model: type[Any]) -> type[Any]:
    """Class decorator: write an event for every change of such a record that CHANGED names."""
    trigger = pgtrigger.Trigger(
        name="events",
        operation=pgtrigger.Update,
        when=pgtrigger.After,
        condition=pgtrigger.Condition(CHANGED),
        declare=[("said", "jsonb"), ("who", "text"), ("told", "jsonb"), ("why", "jsonb"), ("undone", "boolean")],
        func=WRITE.format(noun=model.shape.noun, passed=PASSED),
    )
    return pgtrigger.register(trigger)(model)
