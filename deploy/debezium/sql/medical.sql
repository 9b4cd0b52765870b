-- 医保平台：310/390 参保、缴费、就诊结算。字段名与人社相近而含义不同，代码表以来源区分
-- Generated from schemas/feeds/medical.yaml by `canbao docs write`.

create schema medical;

create table medical.psn_insu (
  psn_insu_id bigint not null,
  psn_no varchar(30) not null,
  psn_cert_type varchar(3),
  certno varchar(32) not null,
  psn_name varchar(100) not null,
  gend varchar(1),
  brdy date,
  insutype varchar(3) not null,
  psn_insu_stas varchar(1) not null,
  psn_type varchar(4),
  insutype_retr_flag varchar(1),
  payer_kind varchar(3),
  gov_pay_flag varchar(1),
  emp_uscc varchar(18),
  chg_rea varchar(4),
  chg_date date,
  begndate date,
  enddate date,
  fst_insu_ym varchar(6),
  entitle_begn date,
  entitle_end date,
  insu_admdvs varchar(12) not null,
  vali_flag varchar(1),
  updt_time timestamptz,
  primary key (psn_insu_id)
);
comment on table medical.psn_insu is '医保参保信息';
comment on column medical.psn_insu.psn_insu_id is '参保信息编号，主键';
comment on column medical.psn_insu.psn_no is '人员编号，本平台内唯一';
comment on column medical.psn_insu.psn_cert_type is '人员证件类型（16 中国护照 17 港澳台居住证）';
comment on column medical.psn_insu.certno is '证件号码';
comment on column medical.psn_insu.psn_name is '人员姓名';
comment on column medical.psn_insu.gend is '性别';
comment on column medical.psn_insu.brdy is '出生日期';
comment on column medical.psn_insu.insutype is '险种 310 职工医保 390 居民医保';
comment on column medical.psn_insu.psn_insu_stas is '人员参保状态 1 正常 2 暂停 3 无效 4 终止';
comment on column medical.psn_insu.psn_type is '人员类别 11 在职 12 退休 14 居民 15 学生 16 新生儿';
comment on column medical.psn_insu.insutype_retr_flag is '本险种退休标志';
comment on column medical.psn_insu.payer_kind is '缴费主体 101 单位 102 个体 201 政府 202 基金';
comment on column medical.psn_insu.gov_pay_flag is '财政代缴标志';
comment on column medical.psn_insu.emp_uscc is '单位统一社会信用代码';
comment on column medical.psn_insu.chg_rea is '变更原因，编码同 AAE160';
comment on column medical.psn_insu.chg_date is '变更日期';
comment on column medical.psn_insu.begndate is '本段参保开始日期';
comment on column medical.psn_insu.enddate is '本段参保结束日期';
comment on column medical.psn_insu.fst_insu_ym is '首次参保年月 YYYYMM';
comment on column medical.psn_insu.entitle_begn is '待遇享受开始日期';
comment on column medical.psn_insu.entitle_end is '待遇享受结束日期';
comment on column medical.psn_insu.insu_admdvs is '参保区划';
comment on column medical.psn_insu.vali_flag is '有效标志 1 有效 0 作废';
comment on column medical.psn_insu.updt_time is '行更新时间';

create table medical.psn_clct (
  psn_clct_id bigint not null,
  psn_no varchar(30) not null,
  psn_cert_type varchar(3),
  certno varchar(32) not null,
  psn_name varchar(100) not null,
  insutype varchar(3) not null,
  clct_ym varchar(6) not null,
  clct_months integer,
  setl_ym varchar(6),
  emp_uscc varchar(18),
  payer_kind varchar(3),
  clct_bill_no varchar(32),
  clct_type varchar(3) not null,
  clct_flag varchar(1) not null,
  revs_flag varchar(1),
  psn_clct_amt numeric(14,2),
  emp_clct_amt numeric(14,2),
  fin_clct_amt numeric(14,2),
  clct_base numeric(14,2),
  clct_date date,
  insu_admdvs varchar(12) not null,
  vali_flag varchar(1),
  updt_time timestamptz,
  primary key (psn_clct_id)
);
comment on table medical.psn_clct is '医保缴费明细';
comment on column medical.psn_clct.psn_clct_id is '缴费明细编号，主键';
comment on column medical.psn_clct.psn_no is '人员编号，本平台内唯一';
comment on column medical.psn_clct.psn_cert_type is '人员证件类型';
comment on column medical.psn_clct.certno is '证件号码';
comment on column medical.psn_clct.psn_name is '人员姓名';
comment on column medical.psn_clct.insutype is '险种';
comment on column medical.psn_clct.clct_ym is '费款所属期 YYYYMM（跨月缴费为首月）';
comment on column medical.psn_clct.clct_months is '所含月数；空为 1，居民年缴为 12';
comment on column medical.psn_clct.setl_ym is '结算期 YYYYMM';
comment on column medical.psn_clct.emp_uscc is '单位统一社会信用代码；空表示个人缴费';
comment on column medical.psn_clct.payer_kind is '缴费主体 101 单位 102 个体 201 政府 202 基金';
comment on column medical.psn_clct.clct_bill_no is '缴费单据号';
comment on column medical.psn_clct.clct_type is '缴费类型 10 正常 20 补缴 30 欠费 40 基数调整 50 预缴 60 补贴';
comment on column medical.psn_clct.clct_flag is '到账标志 1 已到账';
comment on column medical.psn_clct.revs_flag is '冲正标志 Z 原始 F 被冲正';
comment on column medical.psn_clct.psn_clct_amt is '个人缴金额（元）';
comment on column medical.psn_clct.emp_clct_amt is '单位缴金额（元）';
comment on column medical.psn_clct.fin_clct_amt is '财政缴金额（元）';
comment on column medical.psn_clct.clct_base is '缴费基数（元）';
comment on column medical.psn_clct.clct_date is '到账日期';
comment on column medical.psn_clct.insu_admdvs is '参保区划';
comment on column medical.psn_clct.vali_flag is '有效标志 1 有效 0 作废';
comment on column medical.psn_clct.updt_time is '行更新时间';

create table medical.setl (
  setl_id bigint not null,
  psn_no varchar(30) not null,
  psn_cert_type varchar(3),
  certno varchar(32) not null,
  psn_name varchar(100) not null,
  last_treat_date date not null,
  setl_date date,
  id_check varchar(1) not null,
  fix_admdvs varchar(12) not null,
  vali_flag varchar(1),
  updt_time timestamptz,
  primary key (setl_id)
);
comment on table medical.setl is '就诊结算；在世证据以末次治疗日为准，不用出院日、结算日';
comment on column medical.setl.setl_id is '结算编号，主键';
comment on column medical.setl.psn_no is '人员编号，本平台内唯一';
comment on column medical.setl.psn_cert_type is '人员证件类型';
comment on column medical.setl.certno is '证件号码';
comment on column medical.setl.psn_name is '人员姓名';
comment on column medical.setl.last_treat_date is '末次治疗（服务）日期';
comment on column medical.setl.setl_date is '结算日期';
comment on column medical.setl.id_check is '是否核验身份 1 已核验 0 未核验';
comment on column medical.setl.fix_admdvs is '就诊机构区划';
comment on column medical.setl.vali_flag is '有效标志 1 有效 0 作废（冲销）';
comment on column medical.setl.updt_time is '行更新时间';
