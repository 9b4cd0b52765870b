-- Lets Debezium capture the feed medical: run by the database's owner, once, after role.sql.
-- Generated from schemas/feeds/medical.yaml by `canbao docs write`.

create table medical.feed_complete (
  id bigint not null generated always as identity,
  feed varchar(32) not null,
  division varchar(12),
  through date,
  at timestamptz not null default clock_timestamp(),
  snap text not null default pg_current_snapshot()::text,
  by_whom varchar(64),
  primary key (id)
);
comment on table medical.feed_complete is '完整性标记：某区划的数据到某日（含）已全部写入。through 为空的行只推进水位，不说明业务日';
comment on column medical.feed_complete.id is '行号，主键';
comment on column medical.feed_complete.feed is '数据源名称';
comment on column medical.feed_complete.division is '区划；空表示全部';
comment on column medical.feed_complete.through is '完整到的记账日期（含）；空表示只推进水位';
comment on column medical.feed_complete.at is '写入时刻';
comment on column medical.feed_complete.snap is 'pg_current_snapshot() 的文本';
comment on column medical.feed_complete.by_whom is '写入的作业';

-- before-images carry every column: a change of the person or of a key can be undone at the old place
alter table medical.psn_insu replica identity full;
alter table medical.psn_clct replica identity full;
alter table medical.setl replica identity full;
alter table medical.feed_complete replica identity full;

grant usage on schema medical to canbao_cdc;
grant select on
  medical.psn_insu,
  medical.psn_clct,
  medical.setl,
  medical.feed_complete
to canbao_cdc;
grant insert on medical.feed_complete to canbao_cdc;  -- the heartbeat writes watermarks

create publication canbao_medical for table
  medical.psn_insu,
  medical.psn_clct,
  medical.setl,
  medical.feed_complete;
