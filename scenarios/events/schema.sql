CREATE TABLE events (
  id bigint NOT NULL,
  stream_id bigint NOT NULL,
  version int NOT NULL,
  kind text NOT NULL,
  actor_id int NOT NULL,
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE TABLE events_2025_01 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');
CREATE TABLE events_2025_02 PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');
CREATE TABLE events_2025_03 PARTITION OF events FOR VALUES FROM ('2025-03-01') TO ('2025-04-01');
CREATE TABLE events_2025_04 PARTITION OF events FOR VALUES FROM ('2025-04-01') TO ('2025-05-01');
CREATE INDEX events_occurred_at_brin ON events USING brin (occurred_at);

CREATE TABLE outbox (
  id bigint PRIMARY KEY,
  event_id bigint NOT NULL,
  topic text NOT NULL,
  body text NOT NULL,
  published_at timestamptz
);

CREATE TABLE snapshots (
  stream_id bigint NOT NULL,
  version int NOT NULL,
  state jsonb NOT NULL,
  taken_at timestamptz NOT NULL,
  CONSTRAINT snapshots_stream_version_key UNIQUE (stream_id, version)
);
CREATE INDEX snapshots_stream_id_idx ON snapshots (stream_id);

CREATE TABLE projections (
  id int PRIMARY KEY,
  name text NOT NULL,
  position bigint NOT NULL
);
