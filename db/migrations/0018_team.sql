-- Who takes care of whom: teams, and one assignment for each contact.
set local lock_timeout = '10s';

create table teams (
    tenant_id uuid not null,
    id uuid not null,
    name text not null,
    strategy text not null default 'none',  -- who of the team gets what comes to the team: nobody by itself, each in turn, or who has least
    turn bigint not null default 0,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint teams_pkey primary key (tenant_id, id),
    constraint teams_tenant_fkey foreign key (tenant_id) references tenants (id) on delete cascade,
    constraint team_strategy_is_known check (strategy in ('none', 'round_robin', 'least_busy')),
    constraint team_has_a_name check (length(name) between 1 and 150)
);
create unique index teams_name_key on teams (tenant_id, name);

create table team_members (
    tenant_id uuid not null,
    team_id uuid not null,
    user_id uuid not null,
    last_turn bigint not null default 0,
    created_at timestamptz not null,
    constraint team_members_pkey primary key (tenant_id, team_id, user_id),
    constraint team_members_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade,
    constraint team_members_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index team_members_user_idx on team_members (tenant_id, user_id);

-- Which team gets what new people write to an account.
create table assignment_rules (
    tenant_id uuid not null,
    integration_id uuid not null,
    team_id uuid not null,
    created_at timestamptz not null,
    constraint assignment_rules_pkey primary key (tenant_id, integration_id),
    constraint assignment_rules_integration_fkey foreign key (tenant_id, integration_id) references integrations (tenant_id, id) on delete cascade,
    constraint assignment_rules_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade
);
create index assignment_rules_team_idx on assignment_rules (tenant_id, team_id);

create table assignments (
    tenant_id uuid not null,
    id uuid not null,
    contact_id uuid not null,
    user_id uuid,
    team_id uuid,
    assigned_by text not null,          -- "user:<id>", "api:<id>" or "system"
    version uuid not null,              -- another one with each change: who changes it says which one they saw
    created_at timestamptz not null,
    updated_at timestamptz not null,
    constraint assignments_pkey primary key (tenant_id, id),
    constraint assignments_contact_fkey foreign key (tenant_id, contact_id) references contacts (tenant_id, id) on delete cascade,
    constraint assignments_user_fkey foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade,
    constraint assignments_team_fkey foreign key (tenant_id, team_id) references teams (tenant_id, id) on delete cascade,
    constraint assigned_to_somebody check (user_id is not null or team_id is not null)
);
create unique index assignments_contact_key on assignments (tenant_id, contact_id);
create index assignments_user_idx on assignments (tenant_id, user_id);
create index assignments_team_idx on assignments (tenant_id, team_id);

-- The list of conversations is narrowed by it, so it stands there too. What ingest inserts is not routed yet: a worker looks whose
-- the contact is, or finds somebody. The indexes with a time hold assigned conversations only; the others do not move with messages.
alter table conversations add column assigned_user_id uuid, add column assigned_team_id uuid, add column is_routed boolean not null default true;
alter table conversations alter column is_routed set default false;
create index conversations_assigned_idx on conversations (tenant_id, assigned_user_id, activity_at desc) where assigned_user_id is not null and status = 'open';
create index conversations_team_idx on conversations (tenant_id, assigned_team_id, activity_at desc) where assigned_team_id is not null and status = 'open';
create index conversations_all_assigned_idx on conversations (tenant_id, assigned_user_id) where assigned_user_id is not null;
create index conversations_all_of_team_idx on conversations (tenant_id, assigned_team_id) where assigned_team_id is not null;
create index conversations_unassigned_idx on conversations (tenant_id, id) where assigned_user_id is null and assigned_team_id is null and status = 'open';
create index conversations_unrouted_idx on conversations (tenant_id, id) where not is_routed;

do $$
declare name text;
begin
    foreach name in array array['teams', 'team_members', 'assignment_rules', 'assignments']
    loop
        execute format('alter table %I enable row level security', name);
        execute format('alter table %I force row level security', name);
        execute format('create policy one_tenant on %I to parley_app using (tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid)', name);
        execute format('create policy all_tenants on %I to parley_system using (true)', name);
        execute format('grant select, insert, update, delete on %I to parley_app, parley_system', name);
    end loop;
end $$;
