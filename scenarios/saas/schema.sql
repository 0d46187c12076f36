CREATE TABLE tenants (id int PRIMARY KEY, name text NOT NULL, plan text NOT NULL);

CREATE TABLE users (
  id bigint PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tenants,
  email text NOT NULL,
  settings jsonb NOT NULL,
  deleted_at timestamptz,
  created_at timestamptz NOT NULL,
  CONSTRAINT users_tenant_email_key UNIQUE (tenant_id, email)
);
-- A twin of the constraint, and its prefix.
CREATE INDEX users_tenant_email_idx ON users (tenant_id, email);
CREATE INDEX users_tenant_id_idx ON users (tenant_id);

CREATE TABLE tickets (
  id bigint PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tenants,
  assignee_id bigint,
  state text NOT NULL,
  priority smallint NOT NULL,
  subject text NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL,
  closed_at timestamptz
);
CREATE INDEX tickets_tenant_id_idx ON tickets (tenant_id);
-- Narrow, and read whole by a report: its "covering" wider sister would cost many times as much.
CREATE INDEX tickets_created_at_idx ON tickets (created_at);
CREATE UNIQUE INDEX tickets_created_at_wide_idx ON tickets (created_at, subject, id);

CREATE TABLE devices (
  id bigint PRIMARY KEY,
  tenant_id int NOT NULL REFERENCES tenants,
  serial text NOT NULL UNIQUE,
  status text NOT NULL,
  last_seen timestamptz NOT NULL
);
CREATE INDEX devices_tenant_id_idx ON devices (tenant_id);
CREATE INDEX devices_last_seen_idx ON devices (last_seen);

CREATE TABLE jobs (
  id bigint PRIMARY KEY,
  tenant_id int NOT NULL,
  kind text NOT NULL,
  state text NOT NULL,
  run_at timestamptz NOT NULL,
  payload jsonb NOT NULL
);

CREATE TABLE audit_log (
  id bigint PRIMARY KEY,
  tenant_id int NOT NULL,
  action text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX audit_log_tenant_at_idx ON audit_log (tenant_id, at);
CREATE INDEX audit_log_action_idx ON audit_log (action);
