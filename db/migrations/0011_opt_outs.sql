-- Who asked not to be written to any more, on one channel: a fact of the identity, so that the same person stays reachable elsewhere.
-- `opted_out_by` tells how we know: the person's own word ('contact'), the provider's refusal ('provider') or somebody of the team ('user').
alter table contact_identities
    add column opted_out_at timestamptz,
    add column opted_out_by text constraint opt_out_source_is_known check (opted_out_by in ('contact', 'provider', 'user')),
    add constraint opt_out_is_whole check ((opted_out_at is null) = (opted_out_by is null));
