-- 社保业务库：参保、待遇、缴费记账、退费、转移、资格认证、个人账户
-- Generated from schemas/feeds/business.yaml by `canbao docs write`.

create schema business;

create table business.enrolment (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aac004 varchar(1),
  aac006 varchar(8),
  aae140 varchar(3) not null,
  aac008 varchar(1) not null,
  aac031 varchar(1),
  aac060 varchar(1),
  aac049 varchar(6),
  aac084 varchar(1),
  payer_kind varchar(3),
  gov_pay_flag varchar(1),
  bab010 varchar(18),
  aae160 varchar(4),
  aae138 varchar(8),
  aae030 varchar(8),
  aae031 varchar(8),
  aae035 varchar(8),
  aab301 varchar(12) not null,
  aab034 varchar(16),
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.enrolment is '参保登记（一人一险种一经办地一行）';
comment on column business.enrolment.id is '行号，主键';
comment on column business.enrolment.aac001 is '个人编号，本系统内唯一';
comment on column business.enrolment.aac058 is '证件类型；空表示社会保障号码';
comment on column business.enrolment.aac002 is '社会保障号码';
comment on column business.enrolment.aac003 is '姓名';
comment on column business.enrolment.aac004 is '性别';
comment on column business.enrolment.aac006 is '出生日期 YYYYMMDD';
comment on column business.enrolment.aae140 is '险种';
comment on column business.enrolment.aac008 is '人员参保状态，与 aac031 成对解释';
comment on column business.enrolment.aac031 is '个人缴费状态';
comment on column business.enrolment.aac060 is '生存状态；2 死亡';
comment on column business.enrolment.aac049 is '首次参保年月 YYYYMM';
comment on column business.enrolment.aac084 is '离退休标志';
comment on column business.enrolment.payer_kind is '缴费主体 101 单位 102 个体 201 政府 202 基金 203 集体';
comment on column business.enrolment.gov_pay_flag is '政府代缴标志';
comment on column business.enrolment.bab010 is '单位统一社会信用代码';
comment on column business.enrolment.aae160 is '变更原因';
comment on column business.enrolment.aae138 is '状态变更事件发生日期（死亡日期） YYYYMMDD';
comment on column business.enrolment.aae030 is '本段参保开始日期 YYYYMMDD';
comment on column business.enrolment.aae031 is '本段参保终止日期 YYYYMMDD；在缴为空';
comment on column business.enrolment.aae035 is '变更日期 YYYYMMDD';
comment on column business.enrolment.aab301 is '经办区划';
comment on column business.enrolment.aab034 is '经办机构编码';
comment on column business.enrolment.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.enrolment.zzz003 is '行更新日期 YYYYMMDD';

create table business.benefit_record (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aac004 varchar(1),
  aac006 varchar(8),
  insured_id varchar(32),
  aae140 varchar(3) not null,
  benefit_kind varchar(1) not null,
  aae116 varchar(1) not null,
  aae160 varchar(4),
  aae035 varchar(8),
  aae138 varchar(8),
  aic160 varchar(6),
  end_month varchar(6),
  certified_on varchar(8),
  aab301 varchar(12) not null,
  aab034 varchar(16),
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.benefit_record is '待遇享受登记，归在领取人名下；暂停、恢复、终止都是本行的状态变更（AAE116、AAE160、AAE035）';
comment on column business.benefit_record.id is '行号，主键';
comment on column business.benefit_record.aac001 is '个人编号，本系统内唯一';
comment on column business.benefit_record.aac058 is '证件类型；空表示社会保障号码';
comment on column business.benefit_record.aac002 is '领取人社会保障号码';
comment on column business.benefit_record.aac003 is '领取人姓名';
comment on column business.benefit_record.aac004 is '性别';
comment on column business.benefit_record.aac006 is '出生日期 YYYYMMDD';
comment on column business.benefit_record.insured_id is '被保险人社会保障号码；空表示本人';
comment on column business.benefit_record.aae140 is '险种';
comment on column business.benefit_record.benefit_kind is '待遇种类 1 养老 2 失业 3 工伤 4 遗属 5 丧葬';
comment on column business.benefit_record.aae116 is '待遇发放状态 1 可发放 0 不可发放（暂停） 2 复核未通过 3 终止';
comment on column business.benefit_record.aae160 is '变更原因（12xx 暂停 13xx 恢复 14xx 终止）';
comment on column business.benefit_record.aae035 is '变更日期 YYYYMMDD（该状态记入的日期）';
comment on column business.benefit_record.aae138 is '状态变更事件发生日期（死亡日期） YYYYMMDD';
comment on column business.benefit_record.aic160 is '待遇开始年月 YYYYMM';
comment on column business.benefit_record.end_month is '待遇终止年月 YYYYMM';
comment on column business.benefit_record.certified_on is '最近一次资格认证日期 YYYYMMDD';
comment on column business.benefit_record.aab301 is '发放经办区划';
comment on column business.benefit_record.aab034 is '经办机构编码';
comment on column business.benefit_record.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.benefit_record.zzz003 is '行更新日期 YYYYMMDD';

create table business.benefit_payment (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  aaa036 varchar(6) not null,
  eac064 varchar(6) not null,
  aae019 numeric(14,2) not null,
  pay_state varchar(1) not null,
  paid_on varchar(8),
  run_id varchar(32),
  aae133 varchar(100),
  aae136 varchar(32),
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.benefit_payment is '待遇支付明细（一人一记录一待遇月一项目一批次一行）';
comment on column business.benefit_payment.id is '行号，主键';
comment on column business.benefit_payment.aac001 is '个人编号，本系统内唯一';
comment on column business.benefit_payment.aac058 is '证件类型；空表示社会保障号码';
comment on column business.benefit_payment.aac002 is '领取人社会保障号码';
comment on column business.benefit_payment.aac003 is '领取人姓名';
comment on column business.benefit_payment.aae140 is '险种';
comment on column business.benefit_payment.aaa036 is '待遇项目';
comment on column business.benefit_payment.eac064 is '待遇所属年月 YYYYMM';
comment on column business.benefit_payment.aae019 is '金额（元）';
comment on column business.benefit_payment.pay_state is '支付状态 0 待支付 1 已支付 2 失败 3 已核销';
comment on column business.benefit_payment.paid_on is '支付日期 YYYYMMDD';
comment on column business.benefit_payment.run_id is '发放批次号';
comment on column business.benefit_payment.aae133 is '收款人姓名';
comment on column business.benefit_payment.aae136 is '收款人证件号码；空表示本人';
comment on column business.benefit_payment.aab301 is '发放经办区划';
comment on column business.benefit_payment.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.benefit_payment.zzz003 is '行更新日期 YYYYMMDD';

create table business.benefit_return (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  eac064 varchar(6),
  recovery_kind varchar(1) not null,
  aae019 numeric(14,2) not null,
  pay_state varchar(1) not null,
  booked_on varchar(8),
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.benefit_return is '多发待遇的退回、退款、抵扣、核销';
comment on column business.benefit_return.id is '行号，主键';
comment on column business.benefit_return.aac001 is '个人编号，本系统内唯一';
comment on column business.benefit_return.aac058 is '证件类型；空表示社会保障号码';
comment on column business.benefit_return.aac002 is '领取人社会保障号码';
comment on column business.benefit_return.aac003 is '领取人姓名';
comment on column business.benefit_return.aae140 is '险种';
comment on column business.benefit_return.eac064 is '所退待遇年月 YYYYMM；空表示未说明';
comment on column business.benefit_return.recovery_kind is '1 银行退回 2 退款 3 抵扣 4 核销';
comment on column business.benefit_return.aae019 is '金额（元）';
comment on column business.benefit_return.pay_state is '到账状态 0 待支付 1 已支付 2 失败 3 已核销';
comment on column business.benefit_return.booked_on is '记账日期 YYYYMMDD';
comment on column business.benefit_return.aab301 is '经办区划';
comment on column business.benefit_return.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.benefit_return.zzz003 is '行更新日期 YYYYMMDD';

create table business.contribution (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  aae003 varchar(6) not null,
  months integer,
  aae002 varchar(6),
  bab010 varchar(18),
  payer_kind varchar(3),
  bill_no varchar(32),
  aaa115 varchar(3) not null,
  payer_item varchar(2),
  aae082 numeric(14,2),
  aae080 numeric(14,2),
  public_amount numeric(14,2),
  ead131 varchar(8),
  aae112 varchar(1) not null,
  aae114 varchar(1),
  aae180 numeric(14,2),
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.contribution is '缴费记账（AAE003 为费款所属期，AAE002 为结算期）';
comment on column business.contribution.id is '行号，主键';
comment on column business.contribution.aac001 is '个人编号，本系统内唯一';
comment on column business.contribution.aac058 is '证件类型；空表示社会保障号码';
comment on column business.contribution.aac002 is '社会保障号码';
comment on column business.contribution.aac003 is '姓名';
comment on column business.contribution.aae140 is '险种';
comment on column business.contribution.aae003 is '费款所属期 YYYYMM（跨月缴费为首月）';
comment on column business.contribution.months is '所含月数；空为 1，年缴为 12';
comment on column business.contribution.aae002 is '结算期 YYYYMM';
comment on column business.contribution.bab010 is '单位统一社会信用代码；空表示个人缴费';
comment on column business.contribution.payer_kind is '缴费主体 101 单位 102 个体 201 政府 202 基金 203 集体';
comment on column business.contribution.bill_no is '缴费单据号';
comment on column business.contribution.aaa115 is '缴费类型';
comment on column business.contribution.payer_item is '居保缴费项目 1 个人 3 省补 4 市补 5 县补 6 集体 11 政府代缴';
comment on column business.contribution.aae082 is '个人缴（居保含集体补助）金额（元）';
comment on column business.contribution.aae080 is '单位缴金额（元）';
comment on column business.contribution.public_amount is '财政补贴或代缴金额（元）';
comment on column business.contribution.ead131 is '到账日期 YYYYMMDD';
comment on column business.contribution.aae112 is '记账标志 1 已记账';
comment on column business.contribution.aae114 is '缴费标志 1 已实缴 2 欠缴 7 已退收 8 已核销';
comment on column business.contribution.aae180 is '缴费基数（元）';
comment on column business.contribution.aab301 is '经办区划';
comment on column business.contribution.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.contribution.zzz003 is '行更新日期 YYYYMMDD';

create table business.contribution_refund (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  aae003 varchar(6) not null,
  months integer,
  bab010 varchar(18),
  bill_no varchar(32),
  refund_no varchar(32),
  refund_type varchar(8),
  aae082 numeric(14,2),
  aae080 numeric(14,2),
  pay_state varchar(1) not null,
  posted_on varchar(8),
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.contribution_refund is '缴费退费（F10004 重复缴费、F10006 享受终止退保、F10007 缴费调整）';
comment on column business.contribution_refund.id is '行号，主键';
comment on column business.contribution_refund.aac001 is '个人编号，本系统内唯一';
comment on column business.contribution_refund.aac058 is '证件类型；空表示社会保障号码';
comment on column business.contribution_refund.aac002 is '社会保障号码';
comment on column business.contribution_refund.aac003 is '姓名';
comment on column business.contribution_refund.aae140 is '险种';
comment on column business.contribution_refund.aae003 is '所退费款首月 YYYYMM';
comment on column business.contribution_refund.months is '所退月数；空为 1';
comment on column business.contribution_refund.bab010 is '原缴费单位；空表示个人';
comment on column business.contribution_refund.bill_no is '原缴费单据号';
comment on column business.contribution_refund.refund_no is '退费单号';
comment on column business.contribution_refund.refund_type is '退费业务类型 F10004 F10006 F10007';
comment on column business.contribution_refund.aae082 is '退个人（含集体）金额（元）';
comment on column business.contribution_refund.aae080 is '退单位金额（元）';
comment on column business.contribution_refund.pay_state is '支付状态 0 待支付 1 已支付 2 失败 3 已核销';
comment on column business.contribution_refund.posted_on is '记账日期 YYYYMMDD';
comment on column business.contribution_refund.aab301 is '经办区划';
comment on column business.contribution_refund.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.contribution_refund.zzz003 is '行更新日期 YYYYMMDD';

create table business.transfer (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  eac071 varchar(1) not null,
  oaa027 varchar(12),
  aae003 varchar(6),
  months integer,
  booked_on varchar(8),
  cancelled varchar(1),
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.transfer is '关系转移接续的一端';
comment on column business.transfer.id is '行号，主键';
comment on column business.transfer.aac001 is '个人编号，本系统内唯一';
comment on column business.transfer.aac058 is '证件类型；空表示社会保障号码';
comment on column business.transfer.aac002 is '社会保障号码';
comment on column business.transfer.aac003 is '姓名';
comment on column business.transfer.aae140 is '险种';
comment on column business.transfer.eac071 is '转移方向 1 转出 2 转入';
comment on column business.transfer.oaa027 is '对方区划';
comment on column business.transfer.aae003 is '转移首月 YYYYMM';
comment on column business.transfer.months is '转移月数；空为 1';
comment on column business.transfer.booked_on is '记账日期 YYYYMMDD';
comment on column business.transfer.cancelled is '撤销标志 1 已撤销';
comment on column business.transfer.aab301 is '经办区划';
comment on column business.transfer.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.transfer.zzz003 is '行更新日期 YYYYMMDD';

create table business.life_certification (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  certify_way varchar(1) not null,
  certified_on varchar(8) not null,
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.life_certification is '待遇领取资格认证';
comment on column business.life_certification.id is '行号，主键';
comment on column business.life_certification.aac001 is '个人编号，本系统内唯一';
comment on column business.life_certification.aac058 is '证件类型；空表示社会保障号码';
comment on column business.life_certification.aac002 is '社会保障号码';
comment on column business.life_certification.aac003 is '姓名';
comment on column business.life_certification.aae140 is '险种';
comment on column business.life_certification.certify_way is '1 人脸 2 窗口 3 上门 4 数据比对';
comment on column business.life_certification.certified_on is '认证日期（本人到场之日） YYYYMMDD';
comment on column business.life_certification.aab301 is '经办区划';
comment on column business.life_certification.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.life_certification.zzz003 is '行更新日期 YYYYMMDD';

create table business.account_balance (
  id bigint not null,
  aac001 varchar(20) not null,
  aac058 varchar(3),
  aac002 varchar(32) not null,
  aac003 varchar(100) not null,
  aae140 varchar(3) not null,
  balance numeric(14,2) not null,
  eac040 varchar(1),
  as_of varchar(8) not null,
  aab301 varchar(12) not null,
  valid_flag varchar(1),
  zzz003 varchar(8),
  primary key (id)
);
comment on table business.account_balance is '个人账户余额';
comment on column business.account_balance.id is '行号，主键';
comment on column business.account_balance.aac001 is '个人编号，本系统内唯一';
comment on column business.account_balance.aac058 is '证件类型；空表示社会保障号码';
comment on column business.account_balance.aac002 is '社会保障号码';
comment on column business.account_balance.aac003 is '姓名';
comment on column business.account_balance.aae140 is '险种';
comment on column business.account_balance.balance is '余额（元）';
comment on column business.account_balance.eac040 is '账户状态 0 初始 1 正常结息 2 终止 3 异地转出 4 退休 5 封存';
comment on column business.account_balance.as_of is '余额日期 YYYYMMDD';
comment on column business.account_balance.aab301 is '经办区划';
comment on column business.account_balance.valid_flag is '有效标志 1 有效 0 作废';
comment on column business.account_balance.zzz003 is '行更新日期 YYYYMMDD';
