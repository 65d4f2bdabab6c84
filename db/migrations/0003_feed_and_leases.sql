-- The change feed, and who drains which integration.

-- One narrow row per tenant, locked at the end of each changing transaction: that makes the sequence gap-free and
-- visible in order. A low fill factor keeps its updates on the page.
create table feed_heads (
    tenant_id uuid not null,
    seq bigint not null default 0,
    constraint feed_heads_pkey primary key (tenant_id)
) with (fillfactor = 10);

create table events (
    tenant_id uuid not null,
    seq bigint not null,
    type text not null,
    conversation_id uuid,
    message_id uuid,
    contact_id uuid,
    integration_id uuid,
    created_at timestamptz not null,
    constraint events_pkey primary key (tenant_id, seq)
);

-- The fence grows with each change of owner: what an older owner claimed can be told from what the present one did.
create table sending_leases (
    tenant_id uuid not null,
    integration_id uuid not null,
    owner uuid not null,
    fence bigint not null,
    expires_at timestamptz not null,
    constraint sending_leases_pkey primary key (tenant_id, integration_id)
);
