-- 常住人口户籍登记与居住证
-- Generated from schemas/feeds/household.yaml by `canbao docs write`.

create schema household;

create table household.resident (
  resident_id bigint not null,
  id_card varchar(18) not null,
  full_name varchar(100) not null,
  sex varchar(1),
  birth_date date,
  division varchar(12) not null,
  domicile text,
  registered_on date,
  register_reason varchar(2),
  cancelled_on date,
  cancel_reason varchar(2),
  died_on varchar(10),
  quoted_certificate varchar(32),
  updated_on date,
  primary key (resident_id)
);
comment on table household.resident is '户籍登记，一人一段户籍一行；恢复户口清空 cancelled_on 与 cancel_reason';
comment on column household.resident.resident_id is '登记编号，主键';
comment on column household.resident.id_card is '公民身份号码';
comment on column household.resident.full_name is '姓名';
comment on column household.resident.sex is '性别';
comment on column household.resident.birth_date is '出生日期';
comment on column household.resident.division is '户籍区划';
comment on column household.resident.domicile is '户籍地址';
comment on column household.resident.registered_on is '本段户籍登记日期（出生、迁入、恢复）';
comment on column household.resident.register_reason is '01 出生 02 迁入 03 恢复户口 04 退伍复户';
comment on column household.resident.cancelled_on is '注销日期';
comment on column household.resident.cancel_reason is '01 死亡 02 服现役 03 迁出 04 出国定居 05 重户删除 06 宣告死亡 07 逮捕（旧） 99 其他';
comment on column household.resident.died_on is '死亡日期 YYYY-MM-DD；只知年月时 YYYY-MM';
comment on column household.resident.quoted_certificate is '所引死亡医学证明编号';
comment on column household.resident.updated_on is '行更新日期';

create table household.residence_permit (
  permit_id bigint not null,
  id_card varchar(18) not null,
  full_name varchar(100) not null,
  division varchar(12) not null,
  valid_from date not null,
  valid_to date,
  updated_on date,
  primary key (permit_id)
);
comment on table household.residence_permit is '居住证';
comment on column household.residence_permit.permit_id is '居住证编号，主键';
comment on column household.residence_permit.id_card is '公民身份号码';
comment on column household.residence_permit.full_name is '姓名';
comment on column household.residence_permit.division is '居住地区划';
comment on column household.residence_permit.valid_from is '生效日期';
comment on column household.residence_permit.valid_to is '失效日期';
comment on column household.residence_permit.updated_on is '行更新日期';
